"""The wire format of protocol buffers: tags, varints, and what stands between."""

import struct
from collections.abc import Iterator

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
Value = int | bytes


class ProtobufError(ValueError):
    """A body that is no Kubernetes protobuf message, or one that we don't know."""


def read_fields(data: bytes) -> Iterator[tuple[int, int, Value]]:
    """Every field of a message: number, wire type, value. Raises ProtobufError."""
    place, end = 0, len(data)
    while place < end:
        tag, place = read_varint(data, place)
        number, wire = tag >> 3, tag & 7
        if wire == VARINT:
            value, place = read_varint(data, place)
            yield number, wire, value
        elif wire == BYTES:
            size, place = read_varint(data, place)
            if size > end - place:
                raise ProtobufError("unexpected EOF")
            yield number, wire, data[place : place + size]
            place += size
        elif wire in (FIXED64, FIXED32):
            size = 8 if wire == FIXED64 else 4
            if size > end - place:
                raise ProtobufError("unexpected EOF")
            yield number, wire, data[place : place + size]
            place += size
        else:
            raise ProtobufError(f"proto: illegal wireType {wire}")


def read_varint(data: bytes, place: int) -> tuple[int, int]:
    """A varint and where it ends. Raises ProtobufError."""
    result = shift = 0
    while True:
        if place >= len(data):
            raise ProtobufError("unexpected EOF")
        byte = data[place]
        place += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return result & 0xFFFFFFFFFFFFFFFF, place
        shift += 7
        if shift > 63:
            raise ProtobufError("proto: integer overflow")


def signed(value: Value) -> int:
    """A varint as a signed 64-bit number."""
    number = integer(value)
    return number - (1 << 64) if number >> 63 else number


def integer(value: Value) -> int:
    """A value that must have come as a varint."""
    if not isinstance(value, int):
        raise ProtobufError("proto: wrong wireType")
    return value


def text(value: Value) -> str:
    """A value that must have come as a string."""
    try:
        return chunk(value).decode()
    except UnicodeDecodeError as error:
        raise ProtobufError("proto: invalid UTF-8") from error


def chunk(value: Value) -> bytes:
    """A value that must have come as bytes or a message."""
    if not isinstance(value, bytes):
        raise ProtobufError("proto: wrong wireType")
    return value


def double(value: Value) -> float:
    """A value that must have come as a 64-bit float."""
    raw = chunk(value)
    if len(raw) != 8:
        raise ProtobufError("proto: wrong wireType")
    number: float = struct.unpack("<d", raw)[0]
    return number
