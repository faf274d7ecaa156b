"""The bar for the course's own labs, beyond being valid."""

import re

import pytest

from gitops_lab.lab import Lab, Step, bundled

LABS = bundled()
STEPS = [pytest.param(lab, step, id=f"{lab.name}-{step.id}") for lab in LABS for step in lab.steps]


@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.name)
def test_a_lab_is_short_and_has_a_picture(lab: Lab):
    assert 3 <= len(lab.steps) <= 5
    assert "```mermaid" in lab.introduction
    assert 10 <= lab.minutes <= 30


@pytest.mark.parametrize(("lab", "step"), STEPS)
def test_a_step_is_told_in_all_its_parts(lab: Lab, step: Step):
    text = step.text

    assert all((text.predict, text.do, text.why, text.at_work))
    assert "?" in text.predict
    assert step.demo.before
    assert step.demo.after
    assert all(action.say for action in step.solution)


@pytest.mark.parametrize(("lab", "step"), STEPS)
def test_a_step_takes_other_right_answers_and_knows_wrong_ones(lab: Lab, step: Step):
    assert len(step.also_right) >= 2
    assert len(step.wrong) >= 2
    assert len([hint for hint in step.hints if hint.when.always]) >= 2


@pytest.mark.parametrize(("lab", "step"), STEPS)
def test_hints_and_texts_name_only_commands_that_exist(lab: Lab, step: Step):
    known = {"app", "check", "hint", "open", "predict", "reset", "secret", "shell", "solve"}
    known |= {"status"}
    texts = [step.text.do, step.text.intro, *(hint.say for hint in step.hints)]

    named = {word for text in texts for word in re.findall(r"gitops-lab ([a-z]+)", text)}

    assert named <= known


@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.name)
def test_a_lab_ends_with_questions_and_has_notes_for_trainers(lab: Lab):
    assert len(lab.quiz) >= 2
    assert lab.debrief
    assert lab.trainer
