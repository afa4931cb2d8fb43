"""Bytes from paths and standard input: whole, unpacked, bounded, and refused in one line."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import socket
import sys
import tracemalloc
import zlib
from collections.abc import Iterator

import pytest

from gotrace.errors import InputError, LimitError, MalformedError, TruncatedError
from gotrace.readers.gunzip import Intake
from gotrace.readers.limits import Limits
from gotrace.readers.sources import open_source

TEXT = b"heap profile: 1: 1 [1: 1] @ heap/1\n" * 1000
MIB = 1 << 20


def stored(tmp_path, content: bytes) -> str:
    path = tmp_path / "profile"
    path.write_bytes(content)
    return str(path)


def pieces(content: bytes, size: int) -> Iterator[bytes]:
    return (content[at : at + size] for at in range(0, len(content), size))


def test_a_plain_file_comes_back_as_it_is(tmp_path) -> None:
    name = stored(tmp_path, TEXT)
    source = open_source(name)
    assert bytes(source.data) == TEXT
    assert (source.name, source.is_gzip) == (name, False)


def test_a_gzip_file_is_unpacked_but_described_as_stored(tmp_path) -> None:
    packed = gzip.compress(TEXT)
    source = open_source(stored(tmp_path, packed))
    assert bytes(source.data) == TEXT
    assert source.is_gzip
    assert source.size_bytes == len(packed)
    assert source.sha256 == hashlib.sha256(packed).hexdigest()


def test_an_empty_file_is_read_as_nothing(tmp_path) -> None:
    """To call it empty is the business of `recognise`."""
    source = open_source(stored(tmp_path, b""))
    assert len(source.data) == 0
    assert source.size_bytes == 0


def test_standard_input_is_read_to_its_end(monkeypatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(TEXT))))
    source = open_source("-")
    assert bytes(source.data) == TEXT
    assert source.name == "-"


def test_standard_input_may_be_missing(monkeypatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(InputError, match=r"^-: there is no standard input"):
        open_source("-")


def test_a_terminal_is_not_waited_for(monkeypatch) -> None:
    class Terminal(io.BytesIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(Terminal()))
    with pytest.raises(InputError, match="standard input is a terminal"):
        open_source("-")


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_pieces_of_any_size_give_the_same_content(size) -> None:
    packed = gzip.compress(TEXT) + gzip.compress(b"more")
    assert bytes(Intake(Limits()).take_all(pieces(packed, size))) == TEXT + b"more"


def test_a_single_byte_is_content(tmp_path) -> None:
    """Even the first byte of gzip's magic number."""
    assert bytes(open_source(stored(tmp_path, b"\x1f")).data) == b"\x1f"


def test_gzip_inside_gzip_is_unpacked_once(tmp_path) -> None:
    inner = gzip.compress(TEXT)
    assert bytes(open_source(stored(tmp_path, gzip.compress(inner))).data) == inner


def test_a_missing_file_is_named() -> None:
    with pytest.raises(InputError, match=r"^/nowhere/heap: no such file$"):
        open_source("/nowhere/heap")


def test_an_address_without_scheme_is_completed_in_the_advice() -> None:
    with pytest.raises(InputError, match="no such file; for an address write http://"):
        open_source("localhost:6060/debug/pprof/heap")


def test_a_directory_is_refused(tmp_path) -> None:
    with pytest.raises(InputError, match="is a directory"):
        open_source(str(tmp_path))


def test_a_pipe_is_refused_without_waiting_for_it(tmp_path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="is a pipe"):
        open_source(str(tmp_path / "pipe"))


@pytest.mark.parametrize("name", ["/dev/zero", "/dev/tty"])
def test_a_device_is_refused(name) -> None:
    with pytest.raises(InputError, match=r"is a device or socket|cannot be read"):
        open_source(name)


def test_a_socket_is_refused(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)  # names of sockets must be short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        with pytest.raises(InputError, match="is a device or socket"):
            open_source("socket")


def test_an_unreadable_file_is_refused_with_the_systems_reason(tmp_path, monkeypatch) -> None:
    """Tests may run as root, who may read everything: the system's answer is simulated."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    name = stored(tmp_path, TEXT)
    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(InputError, match="cannot be read: permission denied"):
        open_source(name)


@pytest.mark.parametrize("name", ["nul\0byte", "x" * 5000])
def test_a_name_that_cannot_be_a_file_is_refused(name) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        open_source(name)


@pytest.mark.parametrize("scheme", ["ftp", "file", "https+insecure", "s3"])
def test_other_schemes_are_refused(scheme) -> None:
    with pytest.raises(InputError, match="use http:// or https://"):
        open_source(f"{scheme}://host/heap")


@pytest.mark.parametrize("kept", [3, 10, 11, 100, -9, -1])
def test_a_cut_gzip_file_is_truncated(tmp_path, kept) -> None:
    packed = gzip.compress(os.urandom(1000))[:kept]
    with pytest.raises(TruncatedError, match="the gzip stream is cut off") as caught:
        open_source(stored(tmp_path, packed))
    assert caught.value.offset == len(packed)


def test_a_wrong_checksum_is_malformed(tmp_path) -> None:
    packed = bytearray(gzip.compress(TEXT))
    packed[-6] ^= 1
    with pytest.raises(MalformedError, match="the gzip data is damaged \\(incorrect data check\\)"):
        open_source(stored(tmp_path, bytes(packed)))


def test_a_wrong_length_is_malformed(tmp_path) -> None:
    packed = bytearray(gzip.compress(TEXT))
    packed[-1] ^= 1
    with pytest.raises(MalformedError, match="incorrect length check"):
        open_source(stored(tmp_path, bytes(packed)))


def test_damage_inside_is_malformed(tmp_path) -> None:
    with pytest.raises(MalformedError, match="the gzip data is damaged"):
        open_source(stored(tmp_path, b"\x1f\x8b\x08\0\0\0\0\0\0\0" + b"\xff" * 100))


@pytest.mark.parametrize("garbage", [b"garbage", b"\0" * 512, b"\x1f\x8c"])
def test_garbage_behind_gzip_is_malformed_as_in_go(tmp_path, garbage) -> None:
    packed = gzip.compress(TEXT)
    with pytest.raises(MalformedError, match="bytes that are not gzip follow") as caught:
        open_source(stored(tmp_path, packed + garbage))
    assert caught.value.offset == len(packed)


def test_more_stored_bytes_than_agreed_are_refused(tmp_path) -> None:
    with pytest.raises(LimitError, match=r"more than 100 bytes stored.*`compressed_bytes`"):
        open_source(stored(tmp_path, TEXT), Limits(compressed_bytes=100))


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_more_content_than_agreed_is_refused(tmp_path, pack) -> None:
    with pytest.raises(LimitError, match=r"more than 1000 bytes .*`decompressed_bytes`"):
        open_source(stored(tmp_path, pack(TEXT)), Limits(decompressed_bytes=1000))


def test_a_bomb_stops_at_64_mib() -> None:
    """Memory stays far below what it would unpack to."""
    packer = zlib.compressobj(1, wbits=31)
    zeros = bytes(MIB)
    bomb = b"".join(packer.compress(zeros) for _ in range(160)) + packer.flush()
    tracemalloc.start()
    with pytest.raises(LimitError, match=r"over 100 times as much.*`compression_ratio`"):
        Intake(Limits(decompressed_bytes=1 << 40)).take_all([bomb])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100 * MIB


def test_many_empty_gzip_members_are_still_read() -> None:
    assert bytes(Intake(Limits()).take_all([gzip.compress(b"") * 2000])) == b""


def test_gzip_members_without_end_are_refused() -> None:
    """Each costs a copy of what is left of its chunk: 40 MB of empty ones took half a minute."""
    with pytest.raises(LimitError, match=r"more than 2000 gzip members.*`gzip_members`"):
        Intake(Limits(gzip_members=2000)).take_all([gzip.compress(b"") * 2001])
