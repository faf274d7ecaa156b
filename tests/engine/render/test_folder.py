import pytest

from gitops_lab.engine.app import DirectoryOptions, KustomizeOptions
from gitops_lab.engine.errors import RenderError
from gitops_lab.engine.render.globs import matches
from tests.engine.render.conftest import manifest

CONFIG = manifest("ConfigMap", "a")
WEB = "deploy/web.yaml"


def places(result):
    return [(str(item.key), item.file, item.line) for item in result.objects]


def test_every_document_keeps_its_file_and_line(rendered):
    text = f"# a comment\n---\n{CONFIG}---\n\n{manifest('Service', 'web')}---\n"
    result = rendered({WEB: text, "deploy/sub/b.yml": manifest("Secret", "s")})
    assert places(result) == [
        ("ConfigMap/a", WEB, 3),
        ("Service/web", WEB, 9),
        ("Secret/s", "deploy/sub/b.yml", 1),
    ]


def test_json_may_be_indented_by_tabs(rendered):
    text = '{\n\t"apiVersion": "v1",\n\t"kind": "ConfigMap",\n\t"metadata": {"name": "j"}\n}\n'
    assert places(rendered({"deploy/a.json": text})) == [("ConfigMap/j", "deploy/a.json", 1)]


def test_lists_are_taken_apart(rendered):
    items = "  - {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n"
    typed = "apiVersion: v1\nkind: SecretList\nitems:\n  - metadata: {name: s}\n"
    result = rendered({WEB: f"apiVersion: v1\nkind: List\nitems:\n{items}---\n{typed}"})
    assert [(str(i.key), i.line) for i in result.objects] == [("ConfigMap/a", 1), ("Secret/s", 6)]


def test_an_empty_file_and_an_empty_folder_hold_nothing(rendered):
    assert rendered({WEB: "# nothing\n---\n"}).objects == ()
    assert rendered({"deploy/notes.md": "x"}).objects == ()


def test_only_what_is_asked_for_is_read(rendered):
    files = {
        "deploy/a.yaml": manifest("ConfigMap", "a"),
        "deploy/b.json": '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"b"}}',
        "deploy/sub/c.yaml": manifest("ConfigMap", "c"),
        "deploy/.hidden/d.yaml": "{broken",
        "deploy/.e.yaml": "{broken",
        "deploy/readme.md": "{broken",
    }

    def names(**options):
        result = rendered(files, directory=DirectoryOptions(**options))
        return "".join(item.key.name for item in result.objects)

    assert names() == "abc"
    assert names(recurse=False) == "ab"
    assert names(include=("*.yaml",)) == "ac"
    assert names(include=("sub/*",)) == "c"
    assert names(exclude=("**/c.yaml", "b.*")) == "a"


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("*.yaml", "a/b.yaml", True),
        ("a/*.yaml", "a/b/c.yaml", False),
        ("a/**", "a/b/c.yaml", True),
        ("**/c.yaml", "c.yaml", True),
        ("a/?.yaml", "a/b.yaml", True),
        ("[a].yaml", "a.yaml", False),
    ],
)
def test_patterns_are_those_of_a_shell(pattern, path, fits):
    assert matches(path, (pattern,)) is fits


def test_settings_of_other_tools_are_passed_over_and_named(rendered):
    result = rendered({WEB: CONFIG, "deploy/values.yaml": "replicas: 3\n", "deploy/x.json": "[1]"})
    assert len(result.objects) == 1
    assert result.ignored == ("deploy/values.yaml", "deploy/x.json")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("apiVersion: v1\nkind: Service\n name: web\n", 3, "not YAML"),
        ("a: 1\n\tb: 2\n", 2, "not YAML"),
        ("apiVersion: v1\nkind: A\nkind: B\n", 3, "stands twice, first in line 2"),
        ("just text\n", 1, "a text stands where an object should"),
        ("- apiVersion: v1\n", 1, "a list stands where an object should"),
    ],
)
def test_what_is_not_a_manifest_is_named_with_its_line(rendered, text, line, words):
    error = rendered.error({WEB: text})
    assert (error.place.file, error.place.line, error.stage) == (WEB, line, "render")
    assert words in error.message
    assert not error.retry


@pytest.mark.parametrize(
    ("text", "field", "words", "hint"),
    [
        ("kind: A\nmetadata: {name: a}", "apiVersion", "apiVersion is missing", "needs apiVersion"),
        ("apiversion: v1\nkind: A", "apiVersion", "missing", "'apiversion' is spelt 'apiVersion'"),
        ("apiVersion: 1\nkind: A", "apiVersion", "apiVersion is not text", ""),
        ("apiVersion: v1\nmetadata: {name: a}", "kind", "kind is missing", ""),
        ("apiVersion: v1\nkind: A", "metadata", "metadata is missing", ""),
        ("apiVersion: v1\nkind: A\nmetadata: {}", "metadata.name", "metadata.name is missing", ""),
        ("apiVersion: v1\nkind: A\nmetadata: {name: 1}", "metadata.name", "is not text", ""),
        (
            "apiVersion: v1\nkind: A\nmetadata: {generateName: a-}",
            "metadata.generateName",
            "each sync would make another",
            "fixed metadata.name",
        ),
        ("apiVersion: v1\nkind: A\nmetadata: {name: a/b}", "metadata.name", "not a name", ""),
        (
            "apiVersion: v1\nkind: A\nmetadata: {name: a, labels: {v: 1.0}}",
            "metadata.labels.v",
            "the value of v is a number (1.0), not text",
            "in quotes",
        ),
        (
            "apiVersion: v1\nkind: A\nmetadata: {name: a, annotations: {on: yes}}",
            "metadata.annotations.true",
            "is a boolean (true), not text",
            "in quotes",
        ),
    ],
)
def test_an_invalid_object_names_the_field_and_what_to_do(rendered, text, field, words, hint):
    error = rendered.error({WEB: f"{CONFIG}---\n{text}\n"})
    assert error.reason == "InvalidObject"
    assert (error.place.file, error.place.line, error.place.field) == (WEB, 6, field)
    assert words in error.message
    assert hint in error.hint


def test_the_same_object_twice_names_both_places(rendered):
    error = rendered.error({"deploy/a.yaml": CONFIG, "deploy/b.yaml": f"---\n{CONFIG}"})
    assert error.reason == "DuplicateObject"
    assert "ConfigMap/a is defined twice, first in deploy/a.yaml:1." in error.message
    assert (error.place.file, error.place.line) == ("deploy/b.yaml", 2)


def test_a_bomb_is_refused(rendered):
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
    )
    assert rendered.error({WEB: CONFIG + bomb}).reason == "TooLarge"


def test_bytes_that_are_not_text_are_refused(rendered):
    assert rendered.error({WEB: b"\xff\xfe\x00a: b"}).reason == "InvalidYaml"


def test_builds_below_a_plain_path_are_named(rendered):
    files = {WEB: CONFIG, "deploy/dev/kustomization.yaml": "resources: []\n"}
    error = rendered.error(files)
    assert (error.reason, error.place.file) == (
        "NestedKustomization",
        "deploy/dev/kustomization.yaml",
    )
    assert "'deploy/dev'" in error.hint
    assert rendered(files, directory=DirectoryOptions(exclude=("dev/**",))).objects
    below = rendered.error({"deploy/web/Chart.yaml": "name: x\n"})
    assert (below.reason, below.place.file) == ("NestedChart", "deploy/web/Chart.yaml")
    assert "'deploy/web'" in below.hint


def test_options_for_kustomize_want_a_kustomization(rendered):
    error = rendered.error({WEB: CONFIG}, kustomize=KustomizeOptions(name_prefix="x-"))
    assert error.reason == "MissingKustomization"


def test_the_same_files_are_rendered_once(rendered):
    one = rendered({WEB: CONFIG})
    two = rendered({WEB: CONFIG, "other.md": "changed"})
    assert two is one
    three = rendered({WEB: CONFIG + "data: {a: b}\n"})
    assert three.digest != one.digest


def test_what_is_broken_and_no_manifest_is_passed_over_only_where_that_is_asked_for(rendered):
    broken = {WEB: CONFIG, "deploy/x.yaml": "apiVersion: v1\nkind: [\n"}
    with pytest.raises(RenderError, match="flow"):
        rendered(broken)
    lenient = DirectoryOptions(lenient=True)
    assert places(rendered(broken, directory=lenient)) == [("ConfigMap/a", WEB, 1)]
    alike = {"deploy/x.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: [\n"}
    with pytest.raises(RenderError, match="flow"):
        rendered(alike, directory=lenient)


def test_a_file_may_say_that_it_is_no_manifest(rendered):
    files = {WEB: CONFIG, "deploy/x.yaml": f"# not this one\n{manifest('Secret', 's')}"}
    marked = DirectoryOptions(skip_mark="not this one")
    assert places(rendered(files, directory=marked)) == [("ConfigMap/a", WEB, 1)]
