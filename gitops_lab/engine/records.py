"""What the engine remembers of an App's objects, so that an unchanged cycle asks nothing.

A record says: this content (digest) was applied, or found applied, when the live object had this
fingerprint. As long as both still hold, nothing needs doing. Lost with the process: then one list
or get says it again.
"""

from dataclasses import dataclass, field

from gitops_lab.engine.desired import Desired
from gitops_lab.engine.live import Seen
from gitops_lab.kube.objects import ObjectKey


@dataclass(frozen=True, slots=True)
class Record:
    """The digest of what was wanted, and the fingerprint and version of what that became.

    `content` is the digest of the whole object where the fingerprint would miss a change: others
    own fields that we want, and by chance they have our values. It is b"" otherwise.
    """

    digest: bytes
    print: bytes
    version: int
    content: bytes = b""


@dataclass
class Records:
    """The records of one App; used by its worker and the threads that apply for it."""

    _by_key: dict[ObjectKey, Record] = field(default_factory=dict)

    def confirm(self, desired: Desired, seen: Seen, *, owned: bool = True) -> None:
        """The live object is what is wanted; `owned` tells whether all of that is ours, too."""
        content = b"" if owned else seen.content
        self._by_key[desired.key] = Record(desired.digest, seen.print, seen.version, content)

    def get(self, key: ObjectKey) -> Record | None:
        """What is remembered of an object."""
        return self._by_key.get(key)

    def forget(self, key: ObjectKey) -> None:
        """Remember nothing of an object."""
        self._by_key.pop(key, None)

    def holds(self, key: ObjectKey, seen: Seen | None) -> bool:
        """Whether the live object still is as remembered; an older sight of it counts as yes."""
        record = self._by_key.get(key)
        if record is None or seen is None or seen.terminating:
            return False
        if 0 < seen.version < record.version:
            return True
        return seen.content == record.content if record.content else seen.print == record.print

    def confirms(self, desired: Desired, seen: Seen | None) -> bool:
        """Whether this content is applied and untouched."""
        record = self._by_key.get(desired.key)
        return bool(record and record.digest == desired.digest) and self.holds(desired.key, seen)
