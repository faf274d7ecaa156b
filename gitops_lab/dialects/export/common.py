"""What the exports share: what is known of the workspace, and what came of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gitops_lab.engine.source_spec import KustomizeOptions, Source
from gitops_lab.kube import Object

KUSTOMIZE, HELM, FOLDER = "kustomize", "helm", "folder"


@dataclass(frozen=True)
class Setting:
    """What is known of the workspace.

    `git_url` gives a repository's URL, `kind_of` how a source is rendered, `is_tag` whether a
    revision is a tag, `home` the name of the cluster with the engine in it. `interval` is after how
    many seconds Flux looks again; it then waits no longer than `timeout` for health, and for that
    of a release if `releases_wait`.
    """

    git_url: Callable[[str], str]
    kind_of: Callable[[Source], str] = lambda source: FOLDER
    is_tag: Callable[[Source], bool] = lambda source: False
    home: str = "main"
    interval: int = 600
    timeout: int = 0
    releases_wait: bool = True


@dataclass
class Exported:
    """The resources in the order in which to apply them, what they say in another way, and what of
    the app they can't say."""

    objects: list[Object] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


def patches(options: KustomizeOptions) -> list[Object]:
    """Patches of Kustomize, as both engines have them."""
    return [said({"patch": one.patch, "target": dict(one.target)}) for one in options.patches]


def said(mapping: dict[str, Any]) -> Object:
    """Without what says nothing."""
    return {key: value for key, value in mapping.items() if value not in (None, "", [], {}, False)}
