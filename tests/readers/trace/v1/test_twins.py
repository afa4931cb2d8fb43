"""The kernel and its plain twin say the same, of good traces and of bad ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gotrace import kernels
from tests.readers.trace.v1.encoding import Writer
from tests.readers.trace.v1.reading import RECORDINGS, SHIPPED, read, told

SMALL = [path for path in RECORDINGS.values() if path.stat().st_size < 10_000]


def rich(version: int) -> bytes:
    """A trace with something of everything that the version has."""
    writer = Writer(version).start()
    seq = [] if version < 7 else [2]
    writer.event("GoSysCall", 10, 0).event("GoSysBlock", 10).event("ProcStop", 1)
    writer.batch(1, 1100, 40).event("ProcStart", 1, 9)
    writer.event("GoStart", 1, 3, *([1] if seq else [])).event("GoUnblock", 1, 2, *seq, 1)
    writer.event("GoSysExit", 40, 1, 2, 1060) if seq else None
    writer.event("GCStart", 1, *([0] if seq else []), 1).event("GCDone", 1)
    if version >= 7:
        writer.event("GoSched", 1, 1).event("GoStartLocal", 1, 2).event("GoUnblockLocal", 1, 9, 0)
        del writer.data[-5:]
    if version >= 9:
        writer.event("GCMarkAssistStart", 1, 1).event("GCMarkAssistDone", 1)
    if version >= 11:
        writer.event("UserTaskCreate", 1, 5, 0, 1, 0).log(1, 5, 1, 0, b"text")
        writer.event("UserRegion", 1, 5, 0, 1, 0).event("UserTaskEnd", 1, 5, 0)
    if version >= 19:
        writer.batch(0, 1300).event("CPUSample", 1, 1050, 1, 3, 1)
    if version >= 7:
        writer.string(1, b"main.main").stack(1, (16, 1, 1, 5), (32, 1, 1, 6))
    else:
        writer.stack(1, (16,), (32,))
    return bytes(writer.frequency().data)


SEEDS = [rich(version) for version in (5, 7, 9, 11, 21)]


def agree(data: bytes, chunk_rows: int = 1 << 12) -> None:
    compiled = told(read(data))
    assert compiled == told(read(data, plain=True, chunk_rows=chunk_rows))


def test_the_kernel_is_built() -> None:
    assert kernels.load("trace_v1").__name__ == "gotrace.kernels.trace_v1"


@pytest.mark.parametrize("path", [*SMALL, *SHIPPED], ids=lambda path: path.name)
def test_twins_agree_on_recordings(path: Path) -> None:
    agree(path.read_bytes(), chunk_rows=1000)


@pytest.mark.parametrize("path", RECORDINGS.values(), ids=lambda path: path.name)
def test_gos_own_recordings_are_read_to_the_end(path: Path) -> None:
    chunks, notes, error = read(path.read_bytes(), strict=True)
    if path.name.endswith("_unordered"):
        assert error is not None
        assert error.reason == "time stamps out of order"
    else:
        assert (error, notes) == (None, [])
        assert sum(map(len, chunks)) > 20


@given(st.sampled_from(SEEDS), st.data())
@settings(max_examples=300)
def test_twins_agree_on_changed_bytes(seed: bytes, data: st.DataObject) -> None:
    changed = bytearray(seed)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(16, len(changed) - 1))
        changed[place] = data.draw(st.integers(0, 255))
    agree(bytes(changed), chunk_rows=data.draw(st.sampled_from([4, 5, 64])))


@given(st.sampled_from(SEEDS), st.data())
@settings(max_examples=200)
def test_twins_agree_on_pieces_in_wrong_places(seed: bytes, data: st.DataObject) -> None:
    body = seed[16:]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), min_size=2, max_size=4)))
    pieces = [body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True)]
    shuffled = data.draw(st.permutations([*pieces, data.draw(st.sampled_from(pieces))]))
    agree(seed[:16] + b"".join(shuffled))


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed[:13].decode().strip("\0"))
def test_twins_agree_wherever_a_trace_is_cut(seed: bytes) -> None:
    for end in range(16, len(seed)):
        agree(seed[:end], chunk_rows=7)
