from pathlib import Path

import pytest

from gitops_lab.lab.template import MAX_FILE, TemplateError, folder, inside, render


def test_names_are_filled_in():
    assert render("{{ a }} and {{ b | upper }}", {"a": 1, "b": "x"}) == "1 and X"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{{ missing }}", "the parameters are: a"),
        ("line\n{% if %}", "Expected an expression"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{{ 'x' * 1000000000 }}", "only for numbers"),
        ("{{ 9 ** 9 ** 9 }}", "is off"),
        ("{% for i in range(100000) %}x{% endfor %}", "1000 numbers at most"),
        (
            "{% for i in range(1000) %}{% for j in range(1000) %}xxxxxxxx{% endfor %}{% endfor %}",
            "characters",
        ),
        ("{{ 1 / 0 }}", "division"),
        ("{% include '/etc/passwd' %}", "no loader"),
        ("{{ cycler }}", "undefined"),
    ],
)
def test_what_a_template_may_not_do_is_refused(text: str, told: str):
    with pytest.raises(TemplateError, match=told):
        render(text, {"a": 1})


def test_an_error_names_file_and_line():
    with pytest.raises(TemplateError) as caught:
        render("one\ntwo {% nonsense %}", {}, file="seed/x.j2")

    assert str(caught.value.place) == "seed/x.j2:2"


def test_only_files_that_end_in_j2_are_templates(tmp_path: Path):
    (tmp_path / "chart.yaml").write_text("{{ .Values.left }}")
    (tmp_path / "{{ app }}.yaml.j2").write_text("name: {{ app }}\n")
    (tmp_path / "picture.png").write_bytes(b"\xff\x00")

    assert folder(tmp_path, {"app": "web"}) == {
        "chart.yaml": b"{{ .Values.left }}",
        "web.yaml": b"name: web\n",
        "picture.png": b"\xff\x00",
    }


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", ".git/config", "a\\b", ""])
def test_a_name_that_leaves_the_folder_is_outside(name: str):
    assert not inside(name)


def test_a_huge_file_is_refused_with_its_size(tmp_path: Path):
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(MAX_FILE + 1)

    with pytest.raises(TemplateError, match="10,000,001 bytes"):
        folder(tmp_path, {})


def test_a_template_that_is_not_text_is_refused(tmp_path: Path):
    (tmp_path / "a.j2").write_bytes(b"\xff")

    with pytest.raises(TemplateError, match="UTF-8"):
        folder(tmp_path, {})
