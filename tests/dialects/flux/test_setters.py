"""What an image automation writes into files, and into the message of its commit."""

import pytest

from gitops_lab.dialects.flux.images.message import DEFAULT, RemovedField, message
from gitops_lab.dialects.flux.images.setters import set_all, setters
from gitops_lab.dialects.flux.images.tags import InvalidPolicy, NoTag, latest

VALUES = setters({"flux:web": {"name": "gitops-lab/web", "tag": "1.1"}})


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            'image: gitops-lab/web:1.0 # {"$imagepolicy": "flux:web"}',
            'image: gitops-lab/web:1.1 # {"$imagepolicy": "flux:web"}',
        ),
        (
            '- image: "gitops-lab/web:1.0"  # {"$imagepolicy": "flux:web"}',
            '- image: "gitops-lab/web:1.1"  # {"$imagepolicy": "flux:web"}',
        ),
        (
            'tag: 1.0 # {"$imagepolicy": "flux:web:tag"}',
            'tag: "1.1" # {"$imagepolicy": "flux:web:tag"}',
        ),
        (
            'newName: other # {"$imagepolicy": "flux:web:name"}',
            'newName: gitops-lab/web # {"$imagepolicy": "flux:web:name"}',
        ),
        (
            'image: x:1 # {"$imagepolicy": "other:web"}',
            'image: x:1 # {"$imagepolicy": "other:web"}',
        ),
        ("image: gitops-lab/web:1.0 # no marker", "image: gitops-lab/web:1.0 # no marker"),
    ],
)
def test_a_marked_value_is_set_and_nothing_else(line: str, expected: str) -> None:
    text = f"apiVersion: v1 # stays\nkind: Thing\n\nspec:\n  {line}\n"
    fresh, changes = set_all("a.yaml", text, VALUES)
    assert fresh == f"apiVersion: v1 # stays\nkind: Thing\n\nspec:\n  {expected}\n"
    assert bool(changes) == (line != expected)


def test_a_change_knows_its_object() -> None:
    text = (
        "kind: A\nmetadata: {name: one}\n---\napiVersion: apps/v1\nkind: Deployment\n"
        "metadata: {name: web, namespace: shop}\n"
        'image: w:1 # {"$imagepolicy": "flux:web"}\n'
    )
    _, [change] = set_all("a.yaml", text, VALUES)
    assert (change.identity.kind, change.identity.namespace, change.identity.name) == (
        "Deployment",
        "shop",
        "web",
    )
    assert (change.old, change.new) == ("w:1", "gitops-lab/web:1.1")


def test_a_message_lists_what_changed() -> None:
    text = 'kind: Deployment\nmetadata: {name: web}\nimage: w:1 # {"$imagepolicy": "flux:web"}\n'
    _, changes = set_all("a.yaml", text, VALUES)
    template = (
        "{{ .AutomationObject }}\n{{ range .Changed.Changes -}}\n- {{ .OldValue }} -> "
        "{{ .NewValue }}\n{{ end -}}\n"
        "{{ range $resource, $_ := .Changed.Objects }}"
        "{{ $resource.Kind }}/{{ $resource.Name }}{{ end }}"
        " {{ .Values.team }}"
    )
    told = message(template, ("flux", "auto"), changes, {"team": "blue"})
    assert told == "flux/auto\n- w:1 -> gitops-lab/web:1.1\nDeployment/web blue"
    assert message("", ("flux", "auto"), changes, {}) == DEFAULT
    with pytest.raises(RemovedField):
        message("{{ range .Updated.Images }}{{ end }}", ("flux", "auto"), changes, {})


TAGS = ["1.0", "1.0.0", "1.1.0", "v1.2.0", "2.0.0-rc.1", "build-7", "build-12"]


@pytest.mark.parametrize(
    ("policy", "only", "tag"),
    [
        ({"semver": {"range": "1.0.x"}}, None, "1.0.0"),
        ({"semver": {"range": ">=1.0.0"}}, None, "v1.2.0"),
        ({"semver": {"range": ">=1.0.0-0"}}, None, "2.0.0-rc.1"),
        ({"alphabetical": {"order": "asc"}}, None, "v1.2.0"),
        ({"alphabetical": {"order": "desc"}}, None, "1.0"),
        (
            {"numerical": {"order": "asc"}},
            {"pattern": r"^build-(?P<n>\d+)$", "extract": "$n"},
            "build-12",
        ),
        ({"semver": {"range": "1.x"}}, {"pattern": r"^(\d+\.\d+)$", "extract": "$1.0"}, "1.0"),
    ],
)
def test_a_policy_picks_a_tag(policy: dict, only: dict | None, tag: str) -> None:  # type: ignore[type-arg]
    assert latest(TAGS, policy, only) == tag


def test_a_policy_that_fits_nothing_says_so() -> None:
    with pytest.raises(NoTag, match="unable to determine latest version"):
        latest(TAGS, {"semver": {"range": ">=9.0.0"}}, None)
    with pytest.raises(InvalidPolicy):
        latest(TAGS, {"semver": {"range": "no range"}}, None)
    with pytest.raises(InvalidPolicy):
        latest(TAGS, {}, None)
