from gitops_lab.checks import Answers, Told


def test_answers(expect, parameters):
    """The page answers under one address"""
    answers = Answers("web", "first", fields={"message": f"Hello, {parameters['name']}"})
    expect(Told(answers, next="Hand in the second wish, `service.yaml`, and look at its labels."))
