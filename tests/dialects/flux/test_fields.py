"""The page of Flux's fields names every field that our definitions have."""

import pytest

from gitops_lab.dialects.fields import NOT, missing, schema_fields, table
from gitops_lab.dialects.flux import Flux
from gitops_lab.docs.fields import page

_OPEN = ("status.history", "status.lastAppliedOriginRevision")
"""What stands in a status that our definition leaves open."""
DEFINITIONS = {one["spec"]["names"]["kind"]: one for one in Flux().definitions()}


@pytest.mark.parametrize("kind", DEFINITIONS)
def test_every_field_of_the_definition_stands_in_the_table(kind: str) -> None:
    assert missing(schema_fields(DEFINITIONS[kind]), table("flux").get(kind, [])) == []


@pytest.mark.parametrize("kind", DEFINITIONS)
def test_what_is_said_to_be_served_is_in_the_definition(kind: str) -> None:
    fields = schema_fields(DEFINITIONS[kind])
    for row in table("flux").get(kind, []):
        if row.state != NOT:
            start = row.field.removesuffix(".*").removesuffix("[]")
            assert any(field.startswith(start) for field in fields) or start in _OPEN, row.field


def test_what_is_not_served_says_why() -> None:
    for rows in table("flux").values():
        assert all(row.note for row in rows if row.state != "supported")


def test_the_page_has_a_row_for_each_field() -> None:
    text = page("Flux's fields", "About.", "flux")
    for kind, rows in table("flux").items():
        assert f"## {kind}\n" in text
        assert all(f"| `{row.field}` |" in text for row in rows)
