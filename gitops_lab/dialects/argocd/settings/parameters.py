"""`argocd-cmd-params-cm`: what Argo CD's controllers are started with, as far as it counts here.

A genuine controller reads it when it starts; here a change counts at once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gitops_lab.dialects.argocd.projects.globs import any_or_regex
from gitops_lab.kube import Object

NAME = "argocd-cmd-params-cm"
NAMESPACES = "application.namespaces"
PROGRESSIVE = "applicationsetcontroller.enable.progressive.syncs"


@dataclass(frozen=True)
class Parameters:
    """`namespaces` are patterns of those beside Argo CD's own whose Applications are served."""

    namespaces: tuple[str, ...] = ()
    progressive: bool = False
    problems: tuple[str, ...] = ()

    def serves(self, namespace: str, own: str) -> bool:
        """Whether Applications of a namespace are looked after; `own` is Argo CD's."""
        return namespace == own or any_or_regex(self.namespaces, namespace)


def read(config: Object | None) -> Parameters:
    """The parameters of the ConfigMap; defaults where there is none."""
    data: Mapping[str, str] = (config or {}).get("data") or {}
    words = (word.strip() for word in (data.get(NAMESPACES) or "").split(","))
    return Parameters(
        namespaces=tuple(word for word in words if word),
        progressive=(data.get(PROGRESSIVE) or "").lower() == "true",
        problems=tuple(_unread(data)),
    )


def _unread(data: Mapping[str, str]) -> Iterable[str]:
    for key in sorted(data):
        if key not in (NAMESPACES, PROGRESSIVE):
            yield f"{key}: it has no effect here"
