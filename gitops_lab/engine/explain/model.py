"""An explanation as data, and the facts that it may draw on."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gitops_lab.errors import Place
from gitops_lab.kube import Object, ObjectKey


class Link(StrEnum):
    """The chain from a commit to a healthy application; NONE when nothing is broken."""

    NONE = ""
    COMMIT = "commit"
    REVISION = "revision"
    RENDER = "render"
    DIFF = "diff"
    APPLY = "apply"
    HEALTH = "health"


@dataclass(frozen=True)
class Explanation:
    """Which link of the chain is broken, why, how we know, and what to do.

    `retry` is when the engine tries again (ISO 8601), "" when only a change helps.
    """

    app: str
    link: Link
    reason: str
    message: str
    next: str = ""
    place: Place = dataclasses.field(default_factory=Place)
    evidence: tuple[str, ...] = ()
    retry: str = ""

    @property
    def fine(self) -> bool:
        """Whether no link is broken."""
        return self.link is Link.NONE

    @property
    def file(self) -> str:
        """The file in the repository, "" where none is to blame."""
        return self.place.file

    @property
    def line(self) -> int:
        """Its line, 0 unknown."""
        return self.place.line

    @property
    def object(self) -> str:
        """The object, as `apps/Deployment/web/web`."""
        return self.place.object

    @property
    def field(self) -> str:
        """The object's field."""
        return self.place.field

    def to_json(self) -> dict[str, Any]:
        """The keys that other tools rely on, and the sentences."""
        return {
            "app": self.app,
            "link": str(self.link),
            "file": self.file,
            "line": self.line,
            "object": self.object,
            "field": self.field,
            "reason": self.reason,
            "message": self.message,
            "evidence": list(self.evidence),
            "retry": self.retry,
            "next": self.next,
        }


@dataclass(frozen=True)
class Facts:
    """What can be known beside the GitOpsApp; all of it optional.

    head     the commit that the App's revision stands for now
    places   where each object is written
    texts    the files in which unwell objects are written
    live     the unwell objects as they are
    pods     the pods behind an unwell workload
    """

    head: str = ""
    head_subject: str = ""
    places: Mapping[ObjectKey, Place] = dataclasses.field(default_factory=dict)
    texts: Mapping[str, str] = dataclasses.field(default_factory=dict)
    live: Mapping[ObjectKey, Object] = dataclasses.field(default_factory=dict)
    pods: Mapping[ObjectKey, tuple[Object, ...]] = dataclasses.field(default_factory=dict)
