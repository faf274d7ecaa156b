"""Objects out of a repository's packs, without starting a process.

A pack and its index are as gitformat-pack says. Only the everyday form is read: an index of version
2, and content within a limit. Whatever else there is, is left to git.
"""

import mmap
import zlib
from pathlib import Path
from struct import Struct

_MAGIC = b"\xfftOc\x00\x00\x00\x02"
_FAN_OUT = len(_MAGIC)
_NAMES = _FAN_OUT + 256 * 4
_SHA = 20
_LARGE = 0x8000_0000
_OFFSET = Struct(">I")
_LARGE_OFFSET = Struct(">Q")
_KINDS = {1: "commit", 2: "tree", 3: "blob", 4: "tag"}
_BY_OFFSET, _BY_NAME = 6, 7
_DEEPEST = 4096
_START = ((0x01, 0), (0x02, 8), (0x04, 16), (0x08, 24))
_COUNT = ((0x10, 0), (0x20, 8), (0x40, 16))


class Packs:
    """The packs that a repository has at the time of the first question. For one thread."""

    def __init__(self, repository: Path) -> None:
        self._folder = repository / "objects" / "pack"
        self._packs: list[_Pack] | None = None

    def read(self, sha: str, limit: int) -> tuple[str, bytes] | None:
        """Type and content; None when it isn't there, is over `limit` bytes or odd in any way."""
        try:
            name = bytes.fromhex(sha)
            for pack in self._opened():
                offset = pack.find(name)
                if offset is not None:
                    return pack.read(offset, limit)
        except (OSError, ValueError, IndexError, zlib.error):
            return None
        return None

    def close(self) -> None:
        """Let go of the files."""
        packs, self._packs = self._packs, None
        for pack in packs or ():
            pack.close()

    def _opened(self) -> "list[_Pack]":
        if self._packs is None:
            self._packs = []
            for index in sorted(self._folder.glob("*.idx")):
                self._packs.append(_Pack(index))
        return self._packs


class _Pack:
    """One pack. Its files are mapped, so that only what is read is read."""

    def __init__(self, index: Path) -> None:
        self._file = index.with_suffix(".pack")
        self._index = _mapped(index)
        self._content: mmap.mmap | None = None
        if self._index[: len(_MAGIC)] != _MAGIC:
            raise ValueError(f"{index.name} is no index of version 2")
        self._count = self._number(_FAN_OUT + 255 * 4)

    def close(self) -> None:
        self._index.close()
        if self._content is not None:
            self._content.close()

    def find(self, name: bytes) -> int | None:
        """Where an object begins."""
        first = name[0]
        low = self._number(_FAN_OUT + (first - 1) * 4) if first else 0
        high = self._number(_FAN_OUT + first * 4)
        while low < high:
            middle = (low + high) // 2
            at = _NAMES + middle * _SHA
            found = self._index[at : at + _SHA]
            if found == name:
                return self._offset(middle)
            low, high = (middle + 1, high) if found < name else (low, middle)
        return None

    def read(self, offset: int, limit: int) -> tuple[str, bytes]:
        """An object: its own content, or another's with the deltas on the way to it applied."""
        deltas: list[bytes] = []
        while len(deltas) < _DEEPEST:
            kind, size, start = self._header(offset)
            if kind in _KINDS:
                content = self._inflated(start, size, limit)
                for delta in reversed(deltas):
                    content = patched(content, delta, limit)
                return _KINDS[kind], content
            if kind == _BY_OFFSET:
                back, start = self._way_back(start)
                base: int | None = offset - back
            elif kind == _BY_NAME:
                base, start = self.find(self._pack[start : start + _SHA]), start + _SHA
            else:
                raise ValueError(f"an object of type {kind}")
            if base is None or base <= 0:
                raise ValueError("a delta to an object that is not in its pack")
            deltas.append(self._inflated(start, size, limit))
            offset = base
        raise ValueError("too many deltas")

    @property
    def _pack(self) -> mmap.mmap:
        if self._content is None:
            self._content = _mapped(self._file)
        return self._content

    def _number(self, at: int) -> int:
        return int(_OFFSET.unpack_from(self._index, at)[0])

    def _offset(self, row: int) -> int:
        offsets = _NAMES + self._count * (_SHA + 4)
        offset = self._number(offsets + row * 4)
        if offset < _LARGE:
            return offset
        at = offsets + self._count * 4 + (offset - _LARGE) * 8
        return int(_LARGE_OFFSET.unpack_from(self._index, at)[0])

    def _header(self, at: int) -> tuple[int, int, int]:
        """Type, size, and where the rest begins."""
        byte = self._pack[at]
        kind, size, shift = byte >> 4 & 7, byte & 15, 4
        while byte & 0x80:
            at += 1
            byte = self._pack[at]
            size |= (byte & 0x7F) << shift
            shift += 7
        return kind, size, at + 1

    def _way_back(self, at: int) -> tuple[int, int]:
        """How far before its delta the other object begins, and where the rest begins."""
        byte = self._pack[at]
        back = byte & 0x7F
        while byte & 0x80:
            at += 1
            byte = self._pack[at]
            back = (back + 1) << 7 | byte & 0x7F
        return back, at + 1

    def _inflated(self, at: int, size: int, limit: int) -> bytes:
        if size > limit:
            raise ValueError("over the limit")
        packed = self._pack[at : at + size + (size >> 10) + 64]  # zlib's own bound, and some more
        content = zlib.decompressobj().decompress(packed, size + 1)
        if len(content) != size:
            raise ValueError("not as long as it says")
        return content


def patched(base: bytes, delta: bytes, limit: int) -> bytes:
    """What a delta makes of an object. Raises ValueError or IndexError when it does not fit."""
    expected, at = _varint(delta, 0)
    size, at = _varint(delta, at)
    if expected != len(base) or size > limit:
        raise ValueError("a delta that does not fit")
    parts: list[bytes] = []
    while at < len(delta):
        order = delta[at]
        at += 1
        if order & 0x80:
            start, count, at = _copy(delta, order, at)
            parts.append(base[start : start + count])
        else:
            parts.append(delta[at : at + order])
            at += order
    content = b"".join(parts)
    if len(content) != size:
        raise ValueError("not as long as its delta says")
    return content


def _copy(delta: bytes, order: int, at: int) -> tuple[int, int, int]:
    """From where and how much to copy, and where the next order stands."""
    start = count = 0
    for bit, shift in _START:
        if order & bit:
            start |= delta[at] << shift
            at += 1
    for bit, shift in _COUNT:
        if order & bit:
            count |= delta[at] << shift
            at += 1
    return start, count or 0x10000, at


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return value, at


def _mapped(file: Path) -> mmap.mmap:
    with file.open("rb") as stream:
        return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
