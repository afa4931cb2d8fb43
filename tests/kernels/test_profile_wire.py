"""The kernel `profile_wire`: compiled and plain say the same, of good and of hostile bytes."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from gotrace.errors import InputError, MalformedError, TruncatedError
from gotrace.kernels import profile_wire as compiled
from gotrace.kernels.plain import profile_wire as plain
from tests.corpus.make_pprof import FOLDER, field, message, packed
from tests.readers.pprof.profiles import encodings, mutations

FILES = sorted(FOLDER.glob("*.pb"))
FAR = (1 << 64) - 1


UNBOUNDED = np.full(len(plain.COUNTS), (1 << 63) - 1)


def counted(wire: ModuleType, data: bytes, at_most: np.ndarray = UNBOUNDED) -> np.ndarray:
    counts = np.full(len(wire.COUNTS), 99, np.int64)
    wire.count(memoryview(data), counts.data, at_most.data)
    return counts


def decoded(wire: ModuleType, data: bytes) -> dict[str, Any] | tuple[str, int | None, str]:
    """Everything the kernel makes of the input, or its error."""
    raw = memoryview(data)
    try:
        counts = counted(wire, data)
        size = dict(zip(wire.COUNTS, counts.tolist(), strict=True))
        tables = {
            "locations": np.full((4, size["locations"]), 99, np.uint64),
            "line_offsets": np.full(size["locations"] + 1, 99, np.int64),
            "lines": np.full((3, size["lines"]), 99, np.uint64),
            "functions": np.full((5, size["functions"]), 99, np.uint64),
            "strings": np.full((2, size["strings"]), 99, np.int64),
            "messages": np.full((3, size["messages"]), 99, np.int64),
        }
        wire.fill_tables(raw, *(column.data for column in tables.values()))
        samples = {
            "offsets": np.full(size["samples"] + 1, 99, np.int64),
            "locations of samples": np.full(size["stack_entries"], 99, np.int32),
            "values": np.full((size["values_per_sample"], size["samples"]), 99, np.int64)
            if size["values_per_sample"] >= 0
            else np.empty((0, 0), np.int64),
            "label_samples": np.full(size["labels"], 99, np.int64),
            "labels": np.full((4, size["labels"]), 99, np.uint64),
        }
        if size["uneven_sample"] < 0:
            near = np.array([-2, 10, 11, -2], np.int32)
            far = np.array([4, 5, 127, 1 << 63, FAR], np.uint64)
            far_rows = np.array([4, 5, 127, 63, 64], np.int32)
            filled = (near, far, far_rows, *samples.values())
            wire.fill_samples(raw, *(column.data for column in filled))
    except InputError as error:
        return type(error).__name__, error.offset, error.reason
    columns = {name: column.tolist() for name, column in (tables | samples).items()}
    return columns | {"counts": size}


def test_the_two_flavours_are_not_the_same_module() -> None:
    assert compiled.__name__ == "gotrace.kernels.profile_wire"
    assert compiled.__file__.endswith(".so")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_both_flavours_agree_on_the_corpus(path) -> None:
    data = path.read_bytes()
    assert decoded(compiled, data) == decoded(plain, data)


@settings(max_examples=150, deadline=None)
@given(data=encodings())
def test_both_flavours_agree_on_valid_profiles(data) -> None:
    result = decoded(plain, data)
    assert decoded(compiled, data) == result
    assert isinstance(result, dict) or "string table" in result[2] or not data


@settings(max_examples=400, deadline=None)
@given(data=mutations())
def test_both_flavours_agree_on_damaged_profiles(data) -> None:
    assert decoded(compiled, data) == decoded(plain, data)


@pytest.mark.parametrize("wire", [compiled, plain], ids=["compiled", "plain"])
class TestEitherFlavour:
    def test_samples_are_counted_and_decoded(self, wire: ModuleType) -> None:
        data = message(
            2, packed(1, 1, 2, 3), field(1, FAR, 6), packed(2, 7, -1), message(3, field(1, 4))
        )
        result = decoded(wire, data)
        assert isinstance(result, dict)
        assert result["counts"]["stack_entries"] == 5
        assert result["locations of samples"] == [10, 11, -2, 64, -2]
        assert result["values"] == [[7], [-1]]
        assert result["labels"] == [[4], [0], [0], [0]]

    def test_the_first_uneven_sample_is_named(self, wire: ModuleType) -> None:
        one, two = message(2, field(2, 1)), message(2, field(2, 1, 1))
        result = decoded(wire, one * 3 + two + one)
        assert isinstance(result, dict)
        counts = result["counts"]
        assert (counts["values_per_sample"], counts["uneven_sample"]) == (1, 3)
        assert counts["uneven_values"] == 2

    def test_small_messages_are_located_with_their_tags(self, wire: ModuleType) -> None:
        data = message(6) + message(1, field(1, 0)) + field(99, 1) + field(10, 300)
        result = decoded(wire, data)
        assert isinstance(result, dict)
        assert result["strings"] == [[2], [2]]
        assert result["messages"] == [[1, 10], [2, 9], [6, 12]]

    def test_every_cut_of_a_profile_is_told_as_truncated(self, wire: ModuleType) -> None:
        """A cut between two fields leaves a shorter message that is fine by itself."""
        parts = [message(6), message(2, packed(1, 1, 2)), message(4, field(1, 1)), field(9, 300)]
        data = b"".join(parts)
        between = {sum(map(len, parts[:n])) for n in range(1, len(parts) + 1)}
        for end in range(len(data) + 1):
            if end not in between:
                with pytest.raises(TruncatedError):
                    counted(wire, data[:end])

    def test_a_column_that_is_too_short_is_an_index_error(self, wire: ModuleType) -> None:
        """The caller's fault must not become a write behind the column."""
        tables = [np.zeros((4, 0), np.uint64), np.zeros(1, np.int64), np.zeros((3, 0), np.uint64)]
        tables += [np.zeros((5, 0), np.uint64), np.zeros((2, 0), np.int64)]
        tables += [np.zeros((3, 0), np.int64)]
        with pytest.raises(IndexError):
            wire.fill_tables(memoryview(message(5)), *(column.data for column in tables))

    def test_counting_stops_soon_after_a_limit(self, wire: ModuleType) -> None:
        """Behind it stands a fault that nobody sees any more."""
        parts = {
            "stack_entries": message(2, packed(1, 1, 2)) + message(2),
            "samples": message(2) * 3,
            "comments": message(13, b"\x01\x02") + message(2),
            "labels": message(2, message(3) * 3),
            "lines": message(4, message(4) * 3),
        }
        for name, part in parts.items():
            stop_at, data = 1, part + b"\xff"
            at_most = UNBOUNDED.copy()
            at_most[wire.COUNTS.index(name)] = stop_at
            counts = dict(zip(wire.COUNTS, counted(wire, data, at_most).tolist(), strict=True))
            assert counts[name] == stop_at + 1
            with pytest.raises(TruncatedError):
                counted(wire, data)

    def test_faults_carry_offset_and_reason(self, wire: ModuleType) -> None:
        with pytest.raises(MalformedError, match="ten bytes") as raised:
            counted(wire, message(6) + b"\xff" * 11)
        assert raised.value.offset == 2
