"""Broken inputs: each is refused, or cannot be told and fails; none passes."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

import gotrace
from gotrace import budget
from gotrace.errors import InputError, UsageError
from gotrace.tables.budget import Outcome, Verdict

SAMPLES = Path(__file__).parents[1] / "sample_traces"
BATCH = SAMPLES / "batch/go1.27"
HEAP = '[budget.h]\nmetric = "inuse_space"\nmax = "1 GiB"\n'
BENCH = '[budget.b]\nmetric = "allocs/op"\nbenchmark = "^BenchmarkEncode$"\nmax = 12\n'
RELATIVE = BENCH.replace("max = 12", 'max_increase = "5%"')
TRACE = '[budget.t]\nmetric = "gc_cycles"\nmax = 1000\n'
LINE = "BenchmarkEncode-8 1000 12 allocs/op\n"
EASY = 'cannot_tell = "pass"\nmode = "advise"\n'
"""Whatever a budget forgives, it does not forgive that nothing was measured."""


def verdicts(tmp_path: Path, budgets: str, content: bytes | str | Path) -> list[Verdict]:
    """What a check says of one file."""
    (tmp_path / "gotrace.toml").write_text(budgets + EASY)
    path = tmp_path / "input"
    if isinstance(content, Path):
        path = content
    else:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(budget.check([path], tmp_path / "gotrace.toml").verdicts)


def refused(tmp_path: Path, budgets: str, content: bytes | str | Path, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        verdicts(tmp_path, budgets, content)
    assert caught.value.exit_code == 3
    assert caught.value.source


def not_told(tmp_path: Path, budgets: str, content: bytes | str | Path, *words: str) -> None:
    """The check says that it cannot tell, why, and fails although the budget forgives."""
    (verdict,) = verdicts(tmp_path, budgets, content)
    assert verdict.outcome is Outcome.CANNOT_TELL
    assert verdict.measure is None
    assert verdict.is_failure
    for word in words:
        assert word in verdict.reasons[0]


def test_an_empty_file(tmp_path: Path) -> None:
    refused(tmp_path, HEAP, b"", "empty")


def test_a_heap_profile_without_samples(tmp_path: Path) -> None:
    empty = b"heap profile: 0: 0 [0: 0] @ heap/1048576\n"
    not_told(tmp_path, HEAP, empty, "gotrace.toml:1: ", "the profile is empty")


def test_a_truncated_profile(tmp_path: Path) -> None:
    whole = (BATCH / "heap.pb.gz").read_bytes()
    refused(tmp_path, HEAP, whole[: len(whole) // 2], "gzip|cut|end")
    plain = gzip.decompress(whole)
    refused(tmp_path, HEAP, plain[: len(plain) // 2], "byte")


def test_a_truncated_trace(tmp_path: Path) -> None:
    whole = (BATCH / "trace.out").read_bytes()
    refused(tmp_path, TRACE, whole[: len(whole) // 2], "ends")


def test_a_truncated_log_of_the_collector(tmp_path: Path) -> None:
    lines = (BATCH / "gctrace.txt").read_bytes().splitlines(keepends=True)
    refused(tmp_path, TRACE, b"".join(lines[:3]) + lines[3][:40], "line 4")


def test_a_text_profile_that_lost_its_end(tmp_path: Path) -> None:
    lines = (BATCH / "heap.debug1.txt").read_bytes().splitlines(keepends=True)
    refused(tmp_path, HEAP, b"".join(lines[:200]), "is not whole: .*announces")


def test_a_folder_that_was_converted_from_a_damaged_log(tmp_path: Path) -> None:
    lines = (BATCH / "gctrace.txt").read_bytes().splitlines(keepends=True)
    (tmp_path / "cut.txt").write_bytes(b"".join(lines[:3]) + lines[3][:40])
    gotrace.save(gotrace.read_gc(tmp_path / "cut.txt"), tmp_path / "folder")
    refused(tmp_path, TRACE, tmp_path / "folder", "is not whole")


def test_a_profile_of_a_kind_that_no_budget_is_about(tmp_path: Path) -> None:
    refused(tmp_path, HEAP, BATCH / "cpu.pb.gz", "is a cpu profile: no budget can be about it")


def test_a_recording_of_another_kind_than_the_budget_needs(tmp_path: Path) -> None:
    not_told(tmp_path, HEAP, BATCH / "goroutine.pb.gz", "no heap profile was given")
    not_told(tmp_path, BENCH, BATCH / "heap.pb.gz", "no benchmark results were given")
    not_told(tmp_path, TRACE, BATCH / "heap.pb.gz", "no execution trace or gctrace log was given")


def test_a_file_that_is_nothing_of_go(tmp_path: Path) -> None:
    for content in (b"\x7fELF" + bytes(100), b"hello\n", b"<html></html>", b"\x89PNG\r\n"):
        refused(tmp_path, HEAP, content, "this is|is no")


def test_a_benchmark_log_that_failed_to_compile(tmp_path: Path) -> None:
    failed = "# codec\n./codec.go:3:2: undefined: x\nFAIL\tcodec [build failed]\n"
    refused(tmp_path, BENCH, failed + "FAIL\n", "failed to compile")
    refused(tmp_path, BENCH, LINE + failed, "failed to compile")


def test_a_benchmark_that_failed_or_crashed(tmp_path: Path) -> None:
    refused(tmp_path, BENCH, LINE + "--- FAIL: BenchmarkEncode\nFAIL\n", "benchmarks failed")
    refused(tmp_path, BENCH, LINE + "panic: x\n\ngoroutine 1 [running]:\n", "crashed")


HEAD = "goos: linux\ngoarch: amd64\npkg: m/a\n"
CYCLE = "gc 5 @0.043s 1%: 0.29+0.29+0.002 ms clock, 0.58+0/0.15/0.12+0.005 ms cpu, 0->0->0 MB, "
CYCLE += "4 MB goal, 0 MB stacks, 0 MB globals, 2 P\n"


def test_a_benchmark_log_that_is_cut_between_two_lines(tmp_path: Path) -> None:
    refused(tmp_path, BENCH, HEAD + LINE, "the log is cut: 1 packages have results and no end")
    whole = f"{HEAD}{LINE}PASS\nok  \tm/a\t0.1s\n"
    assert verdicts(tmp_path, BENCH, whole)[0].outcome is Outcome.WITHIN
    next_one = f"{whole}pkg: m/b\n{LINE}"
    refused(tmp_path, BENCH, next_one, "results and no end: m/b")


def test_one_benchmark_of_several_whose_lines_are_all_broken(tmp_path: Path) -> None:
    any_of_them = BENCH.replace("^BenchmarkEncode$", ".")
    broken = "BenchmarkDecode-8 hello\n 1000\t 12 ns/op\n"
    refused(tmp_path, any_of_them, LINE + broken, "no whole result: Decode-8")
    repeated = f"{LINE}{broken}BenchmarkDecode-8 1000 12 allocs/op\n"
    assert verdicts(tmp_path, any_of_them, repeated)[0].outcome is Outcome.WITHIN


def test_benchmarks_between_lines_of_the_collector(tmp_path: Path) -> None:
    broken = f"{CYCLE}{HEAD}BenchmarkEncode-8 \t{CYCLE}{CYCLE}  1000\t  13 allocs/op\nPASS\n"
    for budgets, outcome in ((BENCH, Outcome.OVER), (TRACE, Outcome.WITHIN)):
        (verdict,) = verdicts(tmp_path, budgets, broken)
        assert verdict.outcome is outcome
    without = f"{CYCLE}{HEAD}BenchmarkEncode-8 \t{CYCLE}FAIL\tm/a\t0.1s\n"
    not_told(tmp_path, BENCH, without)
    late = CYCLE * 1000 + broken  # the first result lies behind what is looked at
    (verdict,) = verdicts(tmp_path, BENCH, late)
    assert verdict.outcome is Outcome.OVER


@pytest.mark.parametrize(
    "end",
    [
        "FAIL", "exit status 2", "signal: killed", "SIGQUIT: quit", "fatal: morestack on g0",
        "*** Test killed with quit: ran too long (11m0s).", "runtime: out of memory",
        "SIGSEGV: segmentation violation", "race: limit on 8128 goroutines is exceeded, dying",
    ],
)  # fmt: skip
def test_a_log_whose_end_tells_of_force(tmp_path: Path, end: str) -> None:
    refused(tmp_path, BENCH, f"{LINE}{end}\n", "failed|crashed")


def events(*found: dict[str, str]) -> str:
    return "".join(json.dumps({"Package": "m/a"} | event) + "\n" for event in found)


@pytest.mark.parametrize(
    ("log", "message"),
    [
        (events({"Action": "fail"}), "packages failed"),
        (events({"Action": "fail", "Test": "TestX"}, {"Action": "pass"}), "packages failed"),
        (events({"Action": "build-fail"}, {"Action": "pass"}), "packages failed"),
        (events({"Action": "pass"}, {"Action": "start", "Package": "m/b"}), "no end: m/b"),
        (events({"Action": "pass"}) + '{"Action":"outp', "the log is cut"),
    ],
)
def test_events_of_what_failed_or_never_ended(tmp_path: Path, log: str, message: str) -> None:
    begun = events({"Action": "start"}, {"Action": "output", "Output": LINE})
    refused(tmp_path, BENCH, begun + log, message)
    (verdict,) = verdicts(tmp_path, BENCH, begun + events({"Action": "pass"}))
    assert verdict.outcome is Outcome.WITHIN


@pytest.mark.parametrize("numbers", ["0 0 allocs/op", "-5 3 allocs/op", "100 -3 allocs/op"])
def test_a_number_that_nobody_can_have_measured(tmp_path: Path, numbers: str) -> None:
    not_told(tmp_path, BENCH, f"BenchmarkEncode-8 {numbers}\n", "is no measure")


def test_an_empty_profile_beside_another(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"heap profile: 0: 0 [0: 0] @ heap/1048576\n")
    both = [BATCH / "heap.rate1.pb.gz", tmp_path / "empty"]
    outcomes = {}
    for narrowed in ("", 'function = "."\n', "allow_empty = true\n"):
        (tmp_path / "gotrace.toml").write_text(HEAP + narrowed)
        found = budget.check(both, tmp_path / "gotrace.toml").verdicts
        outcomes[narrowed] = {verdict.outcome for verdict in found}
    assert outcomes.pop("") == {Outcome.CANNOT_TELL, Outcome.WITHIN}
    assert set(map(tuple, outcomes.values())) == {(Outcome.WITHIN,)}


def test_a_log_without_any_benchmark(tmp_path: Path) -> None:
    refused(tmp_path, BENCH, "PASS\nok  \texample.com/codec\t0.1s\n", "no result of any benchmark")


def test_zero_benchmarks_matched(tmp_path: Path) -> None:
    log = "BenchmarkDecode-8 1 3 allocs/op\nBenchmarkEncodeAll-8 1 3 allocs/op\nPASS\n"
    not_told(
        tmp_path, BENCH, log, "gotrace.toml:1: ", "matches `^BenchmarkEncode$`",
        "there are `BenchmarkEncodeAll`, `BenchmarkDecode`",
    )  # fmt: skip


def test_benchmarks_without_the_unit(tmp_path: Path) -> None:
    log = "BenchmarkEncode-8 1 3 ns/op\nPASS\n"
    not_told(tmp_path, BENCH, log, "no benchmark reports `allocs/op`; run with -benchmem")


@pytest.mark.parametrize("number", ["NaN", "+Inf"])
def test_a_value_that_is_no_number(tmp_path: Path, number: str) -> None:
    log = f"{LINE}BenchmarkEncode-8 1000 {number} allocs/op\n"
    not_told(tmp_path, BENCH, log, "line 2", "is no measure")
    not_told(tmp_path, BENCH + "allow_empty = true\n", log, "is no measure")


def bless(tmp_path: Path, budgets: str, log: str) -> None:
    (tmp_path / "gotrace.toml").write_text(budgets)
    (tmp_path / "input").write_text(log)
    budget.bless([tmp_path / "input"], tmp_path / "gotrace.toml")


def test_a_renamed_benchmark(tmp_path: Path) -> None:
    renamed = LINE.replace("Encode", "EncodeFast")
    bless(tmp_path, RELATIVE, LINE)
    not_told(tmp_path, RELATIVE, renamed, "there are `BenchmarkEncodeFast`")
    wide = RELATIVE.replace("Encode$", "Encode")
    now, gone = verdicts(tmp_path, wide, renamed)
    assert now.outcome is gone.outcome is Outcome.CANNOT_TELL
    assert "the baseline has other ones: `BenchmarkEncode`; was it renamed?" in now.reasons[0]
    assert "`BenchmarkEncode` of the baseline was not measured" in gone.reasons[0]
    assert gone.is_failure


def test_one_benchmark_of_several_that_is_gone(tmp_path: Path) -> None:
    other = LINE.replace("Encode", "Decode")
    wide = BENCH.replace("^BenchmarkEncode$", ".")
    bless(tmp_path, wide, LINE + other)
    here, gone = verdicts(tmp_path, wide, other)
    assert here.outcome is Outcome.WITHIN
    assert gone.is_failure
    assert gone.baseline is not None


def test_a_missing_baseline(tmp_path: Path) -> None:
    (verdict,) = verdicts(tmp_path, RELATIVE, LINE)
    assert verdict.outcome is Outcome.CANNOT_TELL
    assert "there is no baseline for" in verdict.reasons[0]


def test_a_baseline_without_the_budget(tmp_path: Path) -> None:
    bless(tmp_path, BENCH.replace("budget.b", "budget.other"), LINE)
    (verdict,) = verdicts(tmp_path, RELATIVE, LINE)
    assert verdict.outcome is Outcome.CANNOT_TELL
    assert "the baseline has no budget `b`" in verdict.reasons[0]


@pytest.mark.parametrize("damage", ["NaN", "<<<<<<<", "{}", ""])
def test_a_corrupt_baseline(tmp_path: Path, damage: str) -> None:
    bless(tmp_path, RELATIVE, LINE)
    (path,) = (tmp_path / "budgets").glob("*.json")
    path.write_text(path.read_text().replace("12", "NaN") if damage == "NaN" else damage)
    refused(tmp_path, RELATIVE, LINE, "is no baseline")


def test_a_missing_file(tmp_path: Path) -> None:
    refused(tmp_path, HEAP, tmp_path / "nowhere.pprof", "no such file")


def test_no_file_at_all(tmp_path: Path) -> None:
    (tmp_path / "gotrace.toml").write_text(HEAP)
    with pytest.raises(UsageError, match="name at least one recording"):
        budget.check([], tmp_path / "gotrace.toml")


def test_a_scope_that_nothing_is_in(tmp_path: Path) -> None:
    scoped = HEAP + 'function = "main.nobody"\n'
    not_told(tmp_path, scoped, BATCH / "heap.pb.gz", "no sample matches `main.nobody`; there are")
    with_label = HEAP + 'label = "tenant=x"\n'
    not_told(tmp_path, with_label, BATCH / "heap.pb.gz", "no sample matches `tenant=x`")


def test_a_trace_without_spans(tmp_path: Path) -> None:
    waste = '[budget.w]\nmetric = "span_waste"\nmax = 1\n'
    not_told(tmp_path, waste, BATCH / "trace.out", "record it with GODEBUG=traceallocfree=1")


def test_what_may_be_empty_passes_only_where_nothing_is(tmp_path: Path) -> None:
    empty = BENCH + "allow_empty = true\n"
    (verdict,) = verdicts(tmp_path, empty, LINE.replace("Encode", "Decode"))
    assert verdict.outcome is Outcome.WITHIN
    (verdict,) = verdicts(tmp_path, empty, LINE.replace("12", "13"))
    assert verdict.outcome is Outcome.OVER
