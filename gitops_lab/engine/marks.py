"""What an object's annotations ask of the engine: waves, hooks, how to write it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NoReturn, TypeVar

from gitops_lab.engine.app import GROUP
from gitops_lab.engine.errors import PlanError
from gitops_lab.errors import Place
from gitops_lab.kube.objects import Object, annotations_of

if TYPE_CHECKING:  # it renders, which those who only read annotations need not
    from gitops_lab.engine.desired import Desired


class Phase(StrEnum):
    """When a hook runs: before the objects are written, with them, after, or if that failed."""

    PRE_SYNC = "pre-sync"
    SYNC = "sync"
    POST_SYNC = "post-sync"
    SYNC_FAIL = "sync-fail"


class DeletePolicy(StrEnum):
    """When a hook's object is deleted."""

    BEFORE_CREATION = "before-hook-creation"
    SUCCEEDED = "hook-succeeded"
    FAILED = "hook-failed"


class Write(StrEnum):
    """How an object is written, where it isn't as the engine does by default.

    replace      put the whole object in place of the old one
    force        delete it and make it anew where a field can't be changed
    create-only  make it when it is missing, and leave it alone then
    ignore       neither write nor prune it
    client       three-way merge on our side, with what was applied last in an annotation
    server       server-side apply
    """

    DEFAULT = ""
    REPLACE = "replace"
    FORCE = "force"
    CREATE_ONLY = "create-only"
    IGNORE = "ignore"
    CLIENT = "client"
    SERVER = "server"


@dataclass(frozen=True)
class Annotations:
    """The names under which an engine looks; values may be spelt `pre-sync` or `PreSync`."""

    wave: str = f"{GROUP}/wave"
    hook: str = f"{GROUP}/hook"
    hook_delete_policy: str = f"{GROUP}/hook-delete-policy"
    write: str = f"{GROUP}/apply"


NATIVE = Annotations()
SYNC_ID = f"{GROUP}/sync-id"
"""On a hook's object: the sync for which it runs, so that it doesn't run for it twice."""


@dataclass(frozen=True)
class Hook:
    """An object that is made to run, and not to stay."""

    one: "Desired"
    phases: frozenset[Phase]
    wave: int
    delete: frozenset[DeletePolicy]


def hook_of(one: "Desired", names: Annotations = NATIVE) -> Hook | None:
    """The hook that an object is; None for an ordinary one. Raises PlanError."""
    text = annotations_of(one.obj).get(names.hook, "")
    if not text:
        return None
    phases = frozenset(_word(part, Phase, one, names.hook) for part in text.split(","))
    policies = annotations_of(one.obj).get(names.hook_delete_policy, "")
    delete = frozenset(
        _word(part, DeletePolicy, one, names.hook_delete_policy)
        for part in policies.split(",")
        if part.strip()
    )
    return Hook(one, phases, wave_of(one, names), delete)


def wave_of(one: "Desired", names: Annotations = NATIVE) -> int:
    """The wave in which an object is written, 0 when it says nothing. Raises PlanError."""
    text = annotations_of(one.obj).get(names.wave, "0")
    try:
        return int(text)
    except ValueError:
        _refuse(one, names.wave, f"{text!r} is not a whole number")


def live_wave(obj: Object | None, names: Annotations = NATIVE) -> int:
    """The wave of an object in the cluster; 0 when it says nothing sensible."""
    text = annotations_of(obj or {}).get(names.wave, "0")
    return int(text) if text.removeprefix("-").isdecimal() else 0


def write_of(one: "Desired", names: Annotations = NATIVE) -> Write:
    """How the object asks to be written. Raises PlanError."""
    text = annotations_of(one.obj).get(names.write, "")
    return _word(text, Write, one, names.write) if text else Write.DEFAULT


W = TypeVar("W", Phase, DeletePolicy, Write)


def _word(text: str, kind: type[W], one: "Desired", annotation: str) -> W:
    known: Mapping[str, W] = {_plain(word): word for word in kind if word}
    word = known.get(_plain(text))
    if word is None:
        _refuse(one, annotation, f"{text.strip()!r} is none of {', '.join(filter(None, kind))}")
    return word


def _plain(text: str) -> str:
    """`PreSync` and `pre-sync` are the same."""
    return text.strip().replace("-", "").lower()


def _refuse(one: "Desired", annotation: str, problem: str) -> NoReturn:
    raise PlanError(
        f"the annotation {annotation} of {one.key}: {problem}.",
        reason="InvalidAnnotation",
        hint="Correct the annotation and push again.",
        place=Place(one.file, one.line, str(one.key), f'metadata.annotations["{annotation}"]'),
        retry=False,
    )
