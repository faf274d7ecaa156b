"""The reader reads what kubectl reads, and refuses what could hurt."""

import pytest

from gitops_lab.kube import yamls


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12:30:45", "12:30:45"),
        ("2026-01-02", "2026-01-02"),
        ("017", 15),
        ("0x1f", 31),
        ("on", True),
        ("No", False),
        ("1e3", 1000.0),
        ("~", None),
        ('"on"', "on"),
        ("1.10", 1.1),
    ],
)
def test_scalars_are_read_as_kubernetes_reads_them(text: str, value: object) -> None:
    assert yamls.load(f"key: {text}") == {"key": value}


def test_each_document_knows_its_line() -> None:
    documents = yamls.load_all("# first\na: 1\n---\n---\n\nb: 2\n", file="f.yaml")
    assert [(d.obj, d.line) for d in documents] == [({"a": 1}, 2), ({"b": 2}, 6)]


def test_a_duplicate_key_is_refused_with_both_lines() -> None:
    with pytest.raises(yamls.YamlError) as caught:
        yamls.load("a:\n  b: 1\n  c: 2\n  b: 3\n", file="f.yaml")
    assert caught.value.reason == "DuplicateKey"
    assert "f.yaml:4" in caught.value.paragraph()
    assert "line 2" in caught.value.message


def test_a_syntax_error_names_file_and_line() -> None:
    with pytest.raises(yamls.YamlError) as caught:
        yamls.load("a: 1\nb: [1,\nc: 2\n", file="f.yaml")
    assert caught.value.place.line >= 2


def test_a_bracket_that_is_never_closed_is_named_by_its_own_line() -> None:
    with pytest.raises(yamls.YamlError) as caught:
        yamls.load("a: 1\nb: [1,\nc: 2\nd: 3\n", file="f.yaml")
    assert caught.value.place.line == 2


def test_an_alias_bomb_is_refused_before_it_grows() -> None:
    levels = ["a0: &a0 [" + ",".join("x" * 9) + "]"]
    levels += [f"a{n}: &a{n} [" + ",".join([f"*a{n - 1}"] * 9) + "]" for n in range(1, 12)]
    with pytest.raises(yamls.YamlError) as caught:
        yamls.load("\n".join(levels))
    assert caught.value.reason == "TooLarge"


def test_a_value_that_contains_itself_is_refused() -> None:
    with pytest.raises(yamls.YamlError):
        yamls.load("a: &a [*a]")


def test_a_text_over_the_limit_is_refused_with_its_size() -> None:
    with pytest.raises(yamls.YamlError) as caught:
        yamls.load("x" * (yamls.MAX_BYTES + 1))
    assert f"{yamls.MAX_BYTES + 1:,}" in caught.value.message


def test_a_large_text_without_aliases_is_read() -> None:
    text = "".join(f"k{n}: v\n" for n in range(100_000))
    assert len(yamls.load(text)) == 100_000


def test_arbitrary_python_tags_are_refused() -> None:
    with pytest.raises(yamls.YamlError):
        yamls.load("!!python/object/apply:os.system [id]")


def test_what_is_dumped_is_read_back() -> None:
    obj = {"a": "on", "b": "2026-01-02", "c": [1, {"d": None}], "e": "12:30", "f": "017"}
    assert yamls.load(yamls.dump(obj)) == obj


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1: x", {"1": "x"}),
        ("true: {2.5: y}", {"true": {"2.5": "y"}}),
        ("a: !!binary aGVsbG8=", {"a": "hello"}),
        ("a: 99999999999999999999999", {"a": 1e23}),
        ("a: 18446744073709551615", {"a": 18446744073709551615}),
    ],
)
def test_what_json_can_not_say_is_read_as_what_it_can(text: str, value: object) -> None:
    assert yamls.load(text) == value


@pytest.mark.parametrize("text", ["a: .nan", "a: [.inf]", "a: {null: x}"])
def test_what_has_no_reading_in_json_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(yamls.YamlError) as caught:
        yamls.load(f"first: line\n{text}", file="f.yaml")

    assert (caught.value.place.file, caught.value.place.line) == ("f.yaml", 2)
