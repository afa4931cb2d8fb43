"""What a file is told by its content; what gotrace does not read is told from what is broken."""

from __future__ import annotations

import gzip
import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotrace.errors import (
    InputError,
    TruncatedError,
    UnrecognisedError,
    UnsupportedVersionError,
)
from gotrace.readers.recognise import Format, identify, recognise
from gotrace.readers.sources import open_source
from tests.corpus.make_pprof import FOLDER as PPROF_CORPUS
from tests.layers import ROOT

TRACES = ROOT / "sample_traces"

EXAMPLES = {
    Format.EMPTY: [b""],
    Format.BLANK: [b" \r\n\t\n"],
    Format.HEAP_TEXT: [b"heap profile: 1: 2 [3: 4] @ heap/1048576\n", b"heap profile: \0\1"],
    Format.COUNT_TEXT: [
        b"goroutine profile: total 6\n",
        b"\n# comment\nthreadcreate profile: total 7\r\n",
        b"my.own/profile profile: total x",
    ],
    Format.CONTENTION_TEXT: [b"--- contention:\n", b"--- mutex:\n", b"--- contentionz 1 ---\n"],
    Format.CPU_LEGACY: [
        struct.pack(form, 0, 3, 0, 10000, 0) for form in ("<5I", ">5I", "<5Q", ">5Q")
    ],
    Format.EXECUTION_TRACE: [b"go 1.22 trace\0\0\0\xff", b"go 1.9 trace\0\0\0\0"],
    Format.GOROUTINE_DUMP: [
        b"goroutine 1 [running]:\nmain.main()\n",
        b"panic: oh no\n\ngoroutine 19 gp=0xc0 m=2 mp=0xc1 [chan receive, 5 minutes]:\n",
    ],
    Format.GCTRACE: [
        b"gc 1 @0.012s 2%: 0.026+0.39+0.10 ms clock\n",
        b"starting\n2026/01/02 03:04:05 hello\ngc 12 @3.1s 0%: 0.02+1.2+0.003 ms clock\n",
    ],
    Format.BENCHMARK: [b"goos: linux\ngoarch: amd64\n", b"BenchmarkX-8   \t  100\t 12 ns/op\n"],
    Format.ESCAPES: [
        b"# pkg\n./a.go:1:6: can inline f\n",
        b"a warning\n./a.go:3:2: moved to heap: x\r\n",
        b'{"version":0,"package":"p","goos":"linux","goarch":"amd64","gc_version":"go1.27"}\n',
    ],
    Format.LAYOUTS: [
        b'{"gotrace":"layouts","version":1,"types":[]}',
        b'{\n  "go_version": "go1.27",\n  "gotrace": "layouts",\n',
    ],
    Format.HEAP_DUMP: [b"go1.7 heap dump\n\x06"],
    Format.PPROF_REPORT: [b"File: prog\nType: inuse_space\nShowing nodes accounting for 1MB\n"],
    Format.THREAD_TEXT: [b"--- threadz 1 ---\n"],
    Format.JAVA_PROFILE: [
        b"JAVA PROFILE 1.0.2\0",
        b"FLR\0\0\2",
        b"--- heapz 1 ---\nformat = java\n",
        b"--- contentionz 1 ---\nformat = java\n",
    ],
    Format.PERF_DATA: [b"PERFILE2h\0\0\0"],
    Format.SYMBOLISED_LEGACY: [b"--- symbol\nbinary=/bin/prog\n"],
    Format.GZIP: [gzip.compress(b"x", mtime=0)],
    Format.COMPRESSED: [b"PK\3\4\x14", b"\x28\xb5\x2f\xfd\0", b"BZh91AY", b"\xfd7zXZ\0"],
    Format.ELF: [b"\x7fELF\2\1\1"],
    Format.EXECUTABLE: [b"MZ\x90\0", b"\xcf\xfa\xed\xfe\x07"],
    Format.UTF16: [
        "heap profile: 1".encode("utf-16"),
        "heap".encode("utf-16-be").join([b"\xfe\xff", b""]),
    ],
    Format.HTML: [b"<html>\n<head>\n<title>/debug/pprof/</title>", b"\n<!DOCTYPE HTML>"],
    Format.JSON: [b'{"a": 1}', b"[]", b'[{"name": "x"}]', b"{}"],
    Format.XML: [b'<?xml version="1.0"?>', b"<svg width='1'>"],
    Format.GRAPHVIZ: [b'digraph "prog" {\n'],
    Format.PARQUET: [b"PAR1\x15"],
    Format.SQLITE: [b"SQLite format 3\0\x10"],
    Format.IMAGE: [b"\x89PNG\r\n", b"%PDF-1.7"],
    Format.TEXT: [b"hello\n", b"main.main;main.f 12\n", b"\n\nhello"],
    Format.UNKNOWN: [b"\0\1\2\3", b"\xff\0\xff\0"],
}
CASES = [(form, data) for form, examples in EXAMPLES.items() for data in examples]
READ = {
    Format.PROFILE_PROTOBUF,
    Format.HEAP_TEXT,
    Format.COUNT_TEXT,
    Format.CONTENTION_TEXT,
    Format.CPU_LEGACY,
}


@pytest.mark.parametrize(("form", "data"), CASES, ids=[f"{f.name}-{d[:12]!r}" for f, d in CASES])
def test_a_format_is_known_by_how_it_begins(form, data) -> None:
    assert identify(data) is form
    assert identify(memoryview(bytearray(data))) is form


def test_every_format_has_an_example() -> None:
    assert set(EXAMPLES) | {Format.PROFILE_PROTOBUF} == set(Format)


@pytest.mark.parametrize("form", sorted(set(Format) - READ))
def test_what_is_not_read_is_refused_with_what_it_is_and_what_to_do(form) -> None:
    with pytest.raises(InputError) as caught:
        recognise(EXAMPLES[form][0])
    assert type(caught.value) in (UnrecognisedError, UnsupportedVersionError, TruncatedError)
    assert caught.value.advice
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("form", sorted(READ - {Format.PROFILE_PROTOBUF}))
def test_what_is_read_passes(form) -> None:
    assert recognise(EXAMPLES[form][0]) is form


def test_a_trace_is_told_with_its_version() -> None:
    with pytest.raises(
        UnsupportedVersionError, match=r"execution trace \(format of Go 1\.25\), not a"
    ):
        recognise(b"go 1.25 trace\0\0\0")


def test_every_shipped_recording_is_what_its_name_says() -> None:
    expected = {
        ".pb.gz": {Format.PROFILE_PROTOBUF},
        ".debug1.txt": {Format.HEAP_TEXT, Format.COUNT_TEXT, Format.CONTENTION_TEXT},
        "gctrace.txt": {Format.GCTRACE},
        ".out": {Format.EXECUTION_TRACE},
        ".json": {Format.JSON, Format.ESCAPES, Format.LAYOUTS},
    }
    seen = set()
    for path in sorted(TRACES.rglob("*.*")):
        for ending, forms in expected.items():
            if path.name.endswith(ending):
                seen.add(ending)
                assert identify(open_source(str(path)).data) in forms, path
    assert seen == set(expected)


@pytest.mark.parametrize("path", sorted(PPROF_CORPUS.glob("*.pb")), ids=lambda path: path.stem)
def test_a_damaged_profile_is_still_taken_for_one(path) -> None:
    """So that the reader of profiles says what is wrong, not the recogniser."""
    known = {"empty-input": Format.EMPTY, "only-unknown-fields": Format.UNKNOWN}
    assert identify(path.read_bytes()) is known.get(path.stem, Format.PROFILE_PROTOBUF)


def test_names_in_other_languages_do_not_make_a_profile_a_text() -> None:
    strings = b"".join(b"\x32" + bytes([len(s)]) + s for s in (b"", "größe".encode(), b"\n\n"))
    assert identify(strings) is Format.PROFILE_PROTOBUF


@given(st.binary(max_size=200))
def test_any_bytes_are_something(data) -> None:
    assert identify(data) in Format


@given(st.text(alphabet=st.characters(min_codepoint=32, blacklist_categories=("Cs",)), min_size=1))
def test_no_readable_text_is_taken_for_a_binary_profile(text) -> None:
    assert identify(text.replace("\x7f", "").encode()) is not Format.PROFILE_PROTOBUF


@given(st.recursive(st.integers() | st.text(), st.lists, max_leaves=5).map(lambda x: {"a": x}))
def test_json_is_json(value) -> None:
    assert identify(json.dumps(value).encode()) is Format.JSON


@pytest.mark.parametrize(
    "data",
    [
        b"\n" * 70_000,
        b"# x\n" * 20_000,
        b"a" * 70_000,
        b"goroutine 1 " * 6_000,
        b" " * 70_000,
        b"a:1: " * 14_000,
    ],
    ids=["lines", "comments", "one word", "half dumps", "spaces", "places"],
)
def test_a_long_senseless_text_is_recognised_as_such(data) -> None:
    """No pattern may take more than linear time: these would show it by never ending."""
    assert identify(data) in (Format.TEXT, Format.BLANK)
