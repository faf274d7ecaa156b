"""Templates give what Go's text/template 1.26 with Sprig 3.3 gives.

`genuine.json` holds templates with the output or the error of the genuine ones, which `genuine/`
writes into it (Go 1.26).
"""

import json
from pathlib import Path

import pytest

from gitops_lab.dialects.gotemplate import Function, TemplateError, from_json, render

GENUINE = json.loads((Path(__file__).parent / "genuine.json").read_text())


@pytest.mark.parametrize("case", GENUINE["cases"], ids=lambda case: case["template"][:50])
def test_it_answers_as_go_does(case):
    data, options = from_json(GENUINE["data"]), case.get("options", ())
    if "error" in case:
        with pytest.raises(TemplateError) as caught:
            render(case["template"], data, options=options)
        assert caught.value.message == case["error"]
    else:
        assert render(case["template"], data, options=options) == case["out"]


def test_a_function_that_is_not_here_is_refused_by_name():
    with pytest.raises(TemplateError) as caught:
        render("{{ genCA 1 }}", {})
    assert caught.value.message == 'template: :1: function "genCA" of Sprig is not supported here'


def test_functions_may_be_added():
    shout = Function("s", lambda text: text.upper() + "!")
    assert render("{{ shout .a }}", {"a": "hi"}, functions={"shout": shout}) == "HI!"


def test_an_unknown_option_is_refused():
    with pytest.raises(TemplateError, match="unrecognized option: missingkey=what"):
        render("x", {}, options=["missingkey=what"])


@pytest.mark.parametrize(
    "template",
    [
        '{{ define "x" }}{{ template "x" }}{{ end }}{{ template "x" }}',
        "{{ range 100000 }}{{ range 100000 }}x{{ end }}{{ end }}",
        '{{ repeat 999999999 "x" }}',
        "{{ until 99999999 }}",
        "{{ if true }}" * 100 + "{{ end }}" * 100,
    ],
)
def test_a_template_without_end_is_stopped(template):
    with pytest.raises(TemplateError):
        render(template, {})
