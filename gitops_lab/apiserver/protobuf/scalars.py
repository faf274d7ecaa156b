"""Kubernetes' own message types that are single values in JSON."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from gitops_lab.apiserver.protobuf.wire import (
    ProtobufError,
    Value,
    chunk,
    double,
    integer,
    read_fields,
    signed,
    text,
)
from gitops_lab.apiserver.times import stamp, stamp_micro

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NANOSECOND = 1_000_000_000


def _parts(value: Value) -> dict[int, Value]:
    return {number: part for number, _, part in read_fields(chunk(value))}


def _moment(value: Value) -> datetime | None:
    parts = _parts(value)
    if not parts:
        return None
    seconds, nanos = signed(parts.get(1, 0)), signed(parts.get(2, 0))
    try:
        return EPOCH + timedelta(seconds=seconds, microseconds=nanos // 1000)
    except OverflowError as error:
        raise ProtobufError("a time out of range") from error


def _time(value: Value) -> str | None:
    moment = _moment(value)
    return stamp(moment) if moment else None


def _micro_time(value: Value) -> str | None:
    moment = _moment(value)
    return stamp_micro(moment) if moment else None


def _duration(value: Value) -> str:
    return go_duration(signed(_parts(value).get(1, 0)))


def go_duration(nanos: int) -> str:
    """A duration as Go writes it: 1h0m0s, 1.5s, 100ms, 0s."""
    sign, nanos = ("-", -nanos) if nanos < 0 else ("", nanos)
    for unit, size in (("ns", 1), ("µs", 1000), ("ms", 1_000_000)):
        if 0 < nanos < size * 1000:
            return f"{sign}{_trimmed(nanos, size)}{unit}"
    minutes, rest = divmod(nanos, 60 * NANOSECOND)
    seconds = f"{_trimmed(rest, NANOSECOND)}s"
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{sign}{hours}h{minutes}m{seconds}"
    return f"{sign}{minutes}m{seconds}" if minutes else f"{sign}{seconds}"


def _trimmed(number: int, size: int) -> str:
    whole, rest = divmod(number, size)
    digits = str(rest).rjust(len(str(size)) - 1, "0").rstrip("0")
    return f"{whole}.{digits}" if digits else str(whole)


def _quantity(value: Value) -> str:
    return text(_parts(value).get(1, b"0"))


def _int_or_string(value: Value) -> int | str:
    parts = _parts(value)
    return text(parts.get(3, b"")) if integer(parts.get(1, 0)) else signed(parts.get(2, 0))


def _raw(value: Value) -> Any:
    body = chunk(_parts(value).get(1, b""))
    if not body:
        return None
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ProtobufError(f"raw JSON: {error}") from error


def _strings(value: Value) -> list[str]:
    return [text(part) for number, _, part in read_fields(chunk(value)) if number == 1]


READERS: dict[str, Callable[[Value], Any]] = {
    "s": text,
    "b": lambda value: bool(integer(value)),
    "i": signed,
    "l": signed,
    "d": double,
    "y": lambda value: base64.b64encode(chunk(value)).decode(),
    "time": _time,
    "microtime": _micro_time,
    "duration": _duration,
    "quantity": _quantity,
    "intstr": _int_or_string,
    "raw": _raw,
    "strings": _strings,
}
