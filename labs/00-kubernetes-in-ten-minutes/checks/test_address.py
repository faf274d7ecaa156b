from gitops_lab.checks import Answers, Both, HasField, Named, Told


def test_answers(expect, parameters):
    """The page answers under one address"""
    answers = Answers("web", "first", fields={"message": f"Hello, {parameters['name']}"})
    at_80 = HasField(Named("Service", "web", "first"), "spec.ports[0].port", 80)
    expect(
        Told(
            Both(answers, at_80),
            next="Hand in the second wish, `service.yaml`, and look at its labels.",
        )
    )
