from gitops_lab.checks import HasField, Named

NOTES = Named("ConfigMap", "notes", "notes")


def test_word(expect, parameters):
    """The ConfigMap says the word."""
    expect(HasField(NOTES, "data.word", parameters["word"], app="notes"))
