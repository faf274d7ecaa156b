import pytest

from gitops_lab.kube.lines import field_steps, line_of

TEXT = """\
# a comment
kind: First
---
kind: Deployment
metadata:
  labels:
    app.io/name: web
spec:
  replicas: 3
  containers:
    - name: side
      image: a
    - name: web
      image: b
      ports: [{port: 80}, {port: 81}]
"""


@pytest.mark.parametrize(
    ("field", "line"),
    [
        ("spec.replicas", 9),
        ("spec.containers[name=web].image", 14),
        ("spec.containers[0].image", 12),
        ("spec.containers[1].ports[1].port", 15),
        ('metadata.labels["app.io/name"]', 7),
        ("spec.containers[name=web].readinessProbe", 13),
        ("nowhere.at.all", 4),
        ("", 4),
    ],
)
def test_a_field_is_found_or_the_deepest_part_that_is_there(field: str, line: int) -> None:
    assert line_of(TEXT, 4, field) == line


def test_the_first_document_is_told_from_the_second() -> None:
    assert line_of(TEXT, 2, "kind") == 2
    assert line_of(TEXT, 4, "kind") == 4


def test_what_is_no_yaml_keeps_the_line() -> None:
    assert line_of("a: [", 1, "a") == 1


def test_steps() -> None:
    assert field_steps('a.b[0]["c.d"][name=x]') == ("a", "b", "[0]", "c.d", "[name=x]")
