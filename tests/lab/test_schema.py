"""The published JSON Schema says what the reader of lab.yaml says."""

from pathlib import Path

import pytest

from gitops_lab.kube import yamls
from gitops_lab.lab import bundled_folders, schema
from gitops_lab.lab.fields import LAB

jsonschema = pytest.importorskip("jsonschema")
PUBLISHED = Path(__file__).parents[2] / "site" / "reference" / schema.FILE


def test_the_published_schema_is_the_one_that_the_shapes_make():
    assert PUBLISHED.read_text() == schema.text()


def test_the_schema_itself_is_valid():
    jsonschema.Draft202012Validator.check_schema(schema.schema())


@pytest.mark.parametrize("folder", bundled_folders(), ids=lambda folder: folder.name)
def test_every_lab_of_the_course_fits(folder: Path):
    lab = yamls.load((folder / "lab.yaml").read_text())

    assert list(jsonschema.Draft202012Validator(schema.schema()).iter_errors(lab)) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"titel": "x"},
        {"level": "begginer"},
        {"minutes": 0},
        {"steps": []},
        {"steps": [{"id": "a", "checks": ["x"], "hints": [{"say": "s"}], "solution": [{"x": {}}]}]},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_what_the_reader_refuses_the_schema_refuses(wrong):
    lab = yamls.load((bundled_folders()[0] / "lab.yaml").read_text())

    assert list(jsonschema.Draft202012Validator(schema.schema()).iter_errors({**lab, **wrong}))


def test_every_explained_key_exists():
    known = set()

    def walk(shape, path):
        known.add(path)
        for key, each in getattr(shape, "fields", getattr(shape, "choices", {})).items():
            walk(each, f"{path}.{key}" if path and not hasattr(shape, "choices") else key)
        if hasattr(shape, "shape"):
            walk(shape.shape, path)

    walk(LAB, "")
    assert set(schema.ABOUT) <= known
