"""SPDY framing as bytes."""

import zlib

import pytest

from gitops_lab.node.endpoint.spdy import (
    DATA,
    DICTIONARY,
    FLAG_FIN,
    PING,
    SYN_STREAM,
    Frame,
    ProtocolError,
    Reader,
    Writer,
)


def test_the_dictionary_is_that_of_the_protocol() -> None:
    assert len(DICTIONARY) == 1423
    assert zlib.adler32(DICTIONARY) == 0xE3C6A7C2


def test_frames_are_read_however_the_bytes_are_cut() -> None:
    writer, reader = Writer(), Reader()
    headers = {"streamtype": "data", "port": "8080", "requestid": "0"}
    stream = writer.open(1, headers) + writer.open(3, headers) + writer.ping(7)
    stream += writer.data(1, b"hello", fin=True)
    frames = [frame for byte in stream for frame in reader.feed(bytes((byte,)))]
    assert frames == [
        Frame(SYN_STREAM, 1, headers=headers),
        Frame(SYN_STREAM, 3, headers=headers),
        Frame(PING, 7),
        Frame(DATA, 1, FLAG_FIN, b"hello"),
    ]


@pytest.mark.parametrize(
    "bad",
    [
        b"\x80\x02\x00\x01\x00\x00\x00\x04abcd",  # another version
        b"\x00\x00\x00\x01\x00\xff\xff\xff",  # a frame of 16 MB
        b"\x80\x03\x00\x01\x00\x00\x00\x0c\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00xx",
        b"\x80\x03\x00\x06\x00\x00\x00\x02ab",
    ],
)
def test_what_is_not_spdy_is_refused(bad: bytes) -> None:
    with pytest.raises(ProtocolError):
        list(Reader().feed(bad))
