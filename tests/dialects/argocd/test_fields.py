"""The page of Argo CD's fields names every field that our definitions have."""

import pytest

from gitops_lab.dialects.argocd.application.crd import definition as application
from gitops_lab.dialects.argocd.projects.live import definitions as projects
from gitops_lab.dialects.argocd.sets.definition import definitions as sets
from gitops_lab.dialects.fields import NOT, missing, schema_fields, table
from gitops_lab.docs.fields import page

DEFINITIONS = {one["spec"]["names"]["kind"]: one for one in (application(), *projects(), *sets())}


@pytest.mark.parametrize("kind", DEFINITIONS)
def test_every_field_of_the_definition_stands_in_the_table(kind):
    assert missing(schema_fields(DEFINITIONS[kind]), table("argocd")[kind]) == []


@pytest.mark.parametrize("kind", DEFINITIONS)
def test_what_is_said_to_be_served_is_in_the_definition(kind):
    fields = schema_fields(DEFINITIONS[kind])
    for row in table("argocd")[kind]:
        if row.state != NOT:
            start = row.field.removesuffix(".*").removesuffix("[]")
            assert any(field.startswith(start) for field in fields), row.field


def test_what_is_not_served_says_why():
    for rows in table("argocd").values():
        assert all(row.note for row in rows if row.state != "supported")


def test_the_page_has_a_row_for_each_field():
    text = page("Argo CD's fields", "About.", "argocd")
    for kind, rows in table("argocd").items():
        assert f"## {kind}\n" in text
        assert all(f"| `{row.field}` |" in text for row in rows)
