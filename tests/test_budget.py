"""`gotrace.budget`: check, bless, propose, selftest and the assertion, from files to verdicts."""

from __future__ import annotations

import gzip
import json
import tomllib
from pathlib import Path

import pytest

from gotrace import budget
from gotrace.errors import InputError, UsageError
from gotrace.readers.budget_file import read_budget_file
from gotrace.tables.budget import Budget, Checked, Measurement, Outcome, Verdict

SAMPLES = Path(__file__).parents[1] / "sample_traces"
BATCH = SAMPLES / "batch/go1.27"
ALL = (
    BATCH / "heap.debug1.txt", BATCH / "goroutine.pb.gz", BATCH / "gctrace.txt",
    BATCH / "trace.allocfree.out",
)  # fmt: skip

HEAD = "goos: linux\ngoarch: amd64\npkg: example.com/codec\ncpu: Some CPU\n"
ENCODE = "BenchmarkEncode-8\t1000\t1200 ns/op\t{space} B/op\t{allocs} allocs/op\n"
BUDGETS = """\
[budget.encode]
metric = "allocs/op"
benchmark = "^BenchmarkEncode$"
max = 12
max_increase = "0%"
"""


class Project:
    """A folder with a budget file and a benchmark log."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.budgets = folder / "gotrace.toml"
        self.log = folder / "bench.txt"
        self.budgets.write_text(BUDGETS)
        self.run(12)

    def run(self, *allocs: int, head: str = HEAD, name: str = "") -> Path:
        """Write the log of a run with so many repeats."""
        lines = "".join(ENCODE.format(space=512, allocs=count) for count in allocs)
        path = self.folder / name if name else self.log
        path.write_text(f"{head}{lines}PASS\n")
        return path

    def check(self, *files: Path) -> Checked:
        return budget.check(list(files) or [self.log], self.budgets)

    def verdict(self, *files: Path) -> Verdict:
        (verdict,) = self.check(*files).verdicts
        return verdict

    def bless(self) -> None:
        budget.bless([self.log], self.budgets)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_one_allocation_more_is_over_at_the_first_check(project: Project) -> None:
    project.run(12, 12)
    project.bless()
    assert project.verdict().outcome is Outcome.WITHIN
    project.budgets.write_text(BUDGETS.replace("max = 12\n", ""))
    project.run(13, 13)
    verdict = project.verdict()
    assert verdict.outcome is Outcome.OVER
    assert verdict.is_failure
    assert verdict.baseline is not None
    assert verdict.baseline.value == 12


def test_the_minimum_of_the_repeats_counts(project: Project) -> None:
    project.run(12, 15, 12, 12)
    project.bless()
    project.run(12, 12, 19, 12)
    assert project.verdict().outcome is Outcome.WITHIN


def test_without_a_baseline_a_relative_limit_cannot_be_told(project: Project) -> None:
    checked = project.check()
    assert checked.verdicts[0].outcome is Outcome.CANNOT_TELL
    assert checked.is_failure
    assert "no baseline for unknown-linux-amd64" in checked.verdicts[0].reasons[0]


def test_files_may_be_compressed_and_several(project: Project) -> None:
    project.bless()
    packed = project.folder / "bench.txt.gz"
    packed.write_bytes(gzip.compress(project.log.read_bytes()))
    verdict = project.verdict(packed, project.run(12, name="more.txt"))
    assert verdict.outcome is Outcome.WITHIN
    assert verdict.measure is not None
    assert verdict.measure.values == (12, 12)


def test_a_baseline_is_found_where_the_recordings_tell_less_of_the_platform(
    project: Project,
) -> None:
    known = {"go_version": "go1.27.3"}
    (blessed,) = budget.bless([project.log], project.budgets, conditions=known)
    assert blessed.path.name == "go1.27-linux-amd64.json"
    assert project.verdict().outcome is Outcome.WITHIN


def test_a_baseline_of_another_go_version_is_not_taken_but_named(project: Project) -> None:
    budget.bless([project.log], project.budgets, conditions={"go_version": "go1.26"})
    checked = budget.check([project.log], project.budgets, conditions={"go_version": "go1.27"})
    (verdict,) = checked.verdicts
    assert verdict.outcome is Outcome.CANNOT_TELL
    assert "there is one for go1.26-linux-amd64" in verdict.reasons[0]


def test_of_several_baselines_that_may_be_meant_none_is_taken(project: Project) -> None:
    for version in ("go1.26", "go1.27"):
        budget.bless([project.log], project.budgets, conditions={"go_version": version})
    assert "several may be meant" in project.verdict().reasons[0]


def test_the_baseline_may_be_in_another_folder(project: Project, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere"
    budget.bless([project.log], project.budgets, other)
    assert [path.suffix for path in other.iterdir()] == [".json"]
    checked = budget.check([project.log], project.budgets, other)
    assert checked.counted(Outcome.WITHIN) == 1


def test_blessing_again_changes_nothing_and_shows_what_changed(project: Project) -> None:
    (first,) = budget.bless([project.log], project.budgets)
    written = first.path.read_bytes()
    assert first.changed == ("encode",)
    (again,) = budget.bless([project.log], project.budgets)
    assert again.path.read_bytes() == written
    assert again.changed == ()
    project.run(13)
    (other,) = budget.bless([project.log], project.budgets)
    assert other.changed == ("encode",)
    assert other.before["encode"].value == 12
    assert other.now["encode"].value == 13


def test_blessing_some_keeps_the_others(project: Project) -> None:
    second = '[budget.space]\nmetric = "B/op"\nbenchmark = "Encode"\nmax = 512\n'
    project.budgets.write_text(BUDGETS + second)
    project.bless()
    project.run(13)
    (blessed,) = budget.bless([project.log], project.budgets, only=["space"])
    assert set(blessed.now) == {"encode", "space"}
    assert blessed.now["encode"].value == 12
    project.budgets.write_text(second)
    (blessed,) = budget.bless([project.log], project.budgets)
    assert set(blessed.now) == {"space"}


def test_nothing_is_blessed_if_something_was_not_measured(project: Project) -> None:
    project.budgets.write_text(BUDGETS + '[budget.heap]\nmetric = "inuse_space"\nmax = 1\n')
    with pytest.raises(InputError, match=r"gotrace\.toml:6: no heap profile was given"):
        project.bless()
    assert not (project.folder / "budgets").exists()


def test_blessing_says_what_cannot_be_compared_with_later(project: Project) -> None:
    project.budgets.write_text(
        '[budget.t]\nmetric = "ns/op"\nbenchmark = "."\nmax_increase = "5%"\n'
    )
    (blessed,) = budget.bless([project.log], project.budgets)
    assert "`t` cannot be compared with later: measured once" in blessed.notes[0]


def test_only_the_budgets_asked_for_are_checked(project: Project) -> None:
    project.budgets.write_text(BUDGETS + '[budget.heap]\nmetric = "inuse_space"\nmax = 1\n')
    checked = budget.check([project.log], project.budgets, only=["encode"])
    assert [verdict.budget.name for verdict in checked.verdicts] == ["encode"]
    with pytest.raises(UsageError, match="no budget `decode`; there are `encode`, `heap`"):
        budget.check([project.log], project.budgets, only=["decode"])


def test_a_budget_of_several_benchmarks_has_a_verdict_for_each(project: Project) -> None:
    project.log.write_text(HEAD + "BenchmarkA-8 1 1 allocs/op\nBenchmarkB-8 1 20 allocs/op\nPASS\n")
    project.budgets.write_text('[budget.all]\nmetric = "allocs/op"\nbenchmark = "."\nmax = 12\n')
    verdicts = project.check().verdicts
    assert [(v.budget.name, str(v.outcome)) for v in verdicts] == [
        ("all (A)", "within"),
        ("all (B)", "over"),
    ]


def test_recordings_that_no_budget_is_about_are_noted(project: Project) -> None:
    checked = project.check(project.log, BATCH / "heap.pb.gz")
    assert [note.slug for note in checked.notes] == ["recordings-unused"]


def test_a_pattern_that_is_none_in_go_is_refused_with_its_line(project: Project) -> None:
    project.budgets.write_text(
        '[budget.b]\nmetric = "sys"\nmax = 1\n' + BUDGETS.replace("^B", "(?<")
    )
    with pytest.raises(UsageError, match=r"gotrace\.toml:4: .*benchmark"):
        project.check()


def test_every_kind_of_recording_is_measured(project: Project) -> None:
    asked = {
        "inuse_space": "", "alloc_objects": "", "heap_sys": "", "num_gc": "", "goroutines": "",
        "peak_heap_live": "", "gc_cycles": "", "gc_cpu_ratio": "", "worst_pause": "",
        "survivors": "", "span_waste": "", "mmu": 'window = "10 ms"\nmin = "0%"',
    }  # fmt: skip
    text = ""
    for metric, more in asked.items():
        limit = '"100%"' if metric == "gc_cpu_ratio" else '"1h"' if "pause" in metric else 2**60
        text += f'[budget.{metric}]\nmetric = "{metric}"\n{more or f"max = {limit}"}\n'
    project.budgets.write_text(text)
    checked = project.check(*ALL)
    assert {v.budget.name: str(v.outcome) for v in checked.verdicts} == dict.fromkeys(
        asked, "within"
    )
    assert all(v.measure is not None and v.measure.value > 0 for v in checked.verdicts)


def test_what_is_proposed_is_a_file_that_the_recordings_keep(tmp_path: Path) -> None:
    log = tmp_path / "bench.txt"
    log.write_text(
        HEAD + "BenchmarkA/x=\"]#'\\d(é😀-8 1 100 ns/op 7 own-bytes 5 B/op 1 allocs/op\n"
        "BenchmarkZero-8 1 0 B/op 0 allocs/op\n" * 2 + "PASS\n"
    )
    text = budget.propose([log, *ALL])
    path = tmp_path / "gotrace.toml"
    path.write_text(text)
    assert "no headroom" in text
    assert "ns/op" not in text
    checked = budget.check([log, *ALL], path)
    assert checked.counted(Outcome.WITHIN) == len(checked.verdicts) > 8
    assert len(tomllib.loads(text)["budget"]) == len(read_budget_file(str(path)).budgets)
    failed = [p.budget.name for p in budget.selftest([log, *ALL], path) if not p.is_proved]
    assert not failed


def test_nothing_is_proposed_for_recordings_that_tell_nothing(tmp_path: Path) -> None:
    log = tmp_path / "bench.txt"
    log.write_text("BenchmarkA-8 1 100 ns/op\nPASS\n")
    with pytest.raises(InputError, match="tells nothing that a budget could limit"):
        budget.propose([log])


def test_every_gate_is_proved_to_fail(project: Project) -> None:
    project.budgets.write_text(
        BUDGETS + '[budget.t]\nmetric = "ns/op"\nbenchmark = "."\nmax = "1h"\n'
    )
    project.bless()
    (proof,) = budget.selftest([project.log], project.budgets)
    assert proof.budget.name == "encode"
    assert proof.is_proved
    assert proof.text == "fails with 15 allocs/op; fails with empty recordings"


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ('benchmark = "Nobody"\nmax = 1\n', "nothing to try it with"),
        ('benchmark = "Nobody"\nmax = 1\nallow_empty = true\n', "nothing to try it with"),
        ('benchmark = "Encode"\nmax_increase = "5%"\n', "no limit to try"),
    ],
)
def test_a_gate_that_cannot_fail_is_not_proved(project: Project, more: str, text: str) -> None:
    project.budgets.write_text(f'[budget.b]\nmetric = "allocs/op"\n{more}')
    (proof,) = budget.selftest([project.log], project.budgets)
    assert not proof.is_proved
    assert text in proof.text


def test_a_gate_that_no_value_breaks_is_found(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def always(asked: Budget, measure: Measurement, *_: object, **__: object) -> Verdict:
        return Verdict(asked, Outcome.WITHIN, measure)

    monkeypatch.setattr("gotrace.analyses.budget.verdicts.judge", always)
    (proof,) = budget.selftest([project.log], project.budgets)
    assert not proof.is_proved
    assert proof.text == "values far past the limit pass"


def test_a_gate_that_passes_without_recordings_is_found(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(asked: Budget, reason: str) -> Verdict:
        return Verdict(asked, Outcome.WITHIN, None, reasons=(reason,))

    monkeypatch.setattr("gotrace.analyses.budget.verdicts.nothing_measured", nothing)
    (proof,) = budget.selftest([project.log], project.budgets)
    assert not proof.is_proved
    assert proof.text.endswith("but passes with empty recordings")


def test_a_gate_with_no_end_is_not_proved(project: Project) -> None:
    project.budgets.write_text(
        '[budget.b]\nmetric = "rows/s"\nbenchmark = "."\nmin = 0\nmode = "gate"\n'
    )
    project.log.write_text("BenchmarkA-8 1 100 rows/s\nPASS\n")
    (proof,) = budget.selftest([project.log], project.budgets)
    assert not proof.is_proved


def test_the_assertion_fails_with_the_text_of_the_verdicts(project: Project) -> None:
    project.bless()
    checked = budget.assert_within(project.log, budgets=project.budgets)
    assert checked.counted(Outcome.WITHIN) == 1
    project.run(13)
    with pytest.raises(AssertionError, match=r"(?s)encode.*13 allocs/op"):
        budget.assert_within(project.log, budgets=project.budgets)


def test_changes_of_sites_are_told_by_the_profiles_of_both_runs(project: Project) -> None:
    project.budgets.write_text('[budget.h]\nmetric = "alloc_space"\nmax_increase = "5%"\n')
    heap = [BATCH / "heap.rate1.pb.gz"]
    (blessed,) = budget.bless(heap, project.budgets)
    document = json.loads(blessed.path.read_text())
    sites = document["budgets"]["h"]["sites"]
    sites[0]["value"] -= 1000
    blessed.path.write_text(json.dumps(document))
    (verdict,) = budget.check(heap, project.budgets).verdicts
    assert verdict.outcome is Outcome.WITHIN
    ((site, change),) = verdict.changed_sites
    assert change == 1000
    assert site.line > 0
