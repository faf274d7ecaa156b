"""What the render stage gives: objects, each with the place where somebody wrote it."""

from dataclasses import dataclass

from gitops_lab.kube.objects import Object, ObjectKey


@dataclass(frozen=True, slots=True)
class RenderedObject:
    """An object as its author wrote it. It is shared between passes: copy before you change it.

    `file` is its path in the repository; `line` is 1-based, 0 where it can't be known.
    """

    obj: Object
    file: str
    line: int

    @property
    def key(self) -> ObjectKey:
        """Its identity, with the namespace as written."""
        return ObjectKey.of(self.obj)


@dataclass(frozen=True, slots=True)
class Rendered:
    """All objects of a source. The same inputs give the same `digest`.

    `ignored` names files that were looked at and hold no object.
    """

    objects: tuple[RenderedObject, ...]
    digest: str
    ignored: tuple[str, ...] = ()
