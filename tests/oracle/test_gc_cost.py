"""The categories of GC cost, and the sums of the real pprof for the same functions."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from gotrace.analyses.gc_cost import analyse_gc_cost
from gotrace.analyses.gc_cost.classify import allocation_sites, rule_of_samples
from gotrace.analyses.gc_cost.rules import ASSIST, CATEGORIES, MALLOC, RULES
from gotrace.analyses.result import Result
from gotrace.readers.profile import read_profile
from gotrace.readers.trace.recording import read_trace
from tests.goroots import GoRoot
from tests.oracle.cost_questions import pprof_sums, pprof_times
from tests.oracle.cost_recordings import ROOTS, recorded

SAMPLES = Path(__file__).parents[2] / "sample_traces"
PROFILES = sorted(SAMPLES.rglob("cpu.pb.gz"))

each_root = pytest.mark.parametrize("root", ROOTS, ids=lambda root: str(root.version))


def by_part(result: Result) -> dict[tuple[str, str], int]:
    """Nanoseconds of each part that occurs."""
    parts = next(table for table in result.tables if table.name == "parts")
    keys = zip(parts.column("category").values, parts.column("part").values, strict=True)
    return dict(zip(keys, parts.column("time_ns").values, strict=True))


def by_category(result: Result) -> dict[str, int]:
    split = next(table for table in result.tables if table.name == "split")
    names, times = split.column("category").values, split.column("time_ns").values
    return dict(zip(names, times, strict=True))


def assert_same_as_pprof(profile: Path) -> None:
    """Each part, each category and the whole, to the nanosecond."""
    result = analyse_gc_cost(read_profile(str(profile)))
    theirs, total = pprof_sums(profile)
    ours = by_part(result)
    assert theirs == [ours.get((rule.category, rule.part), 0) for rule in RULES]
    categories = dict.fromkeys(CATEGORIES, 0)
    for rule, time_ns in zip(RULES, theirs, strict=True):
        categories[rule.category] += time_ns
    assert by_category(result) == categories
    assert sum(by_category(result).values()) == sum(ours.values()) == total


@pytest.mark.parametrize(
    "profile", PROFILES, ids=[str(path.parent.relative_to(SAMPLES)) for path in PROFILES]
)
def test_shipped_profiles_split_as_pprof_sums_them(profile: Path) -> None:
    assert_same_as_pprof(profile)


@each_root
def test_a_fresh_profile_splits_as_pprof_sums_it(root: GoRoot) -> None:
    assert_same_as_pprof(recorded(root).cpu)


@each_root
def test_each_function_pays_for_what_pprof_sees_below_it(root: GoRoot) -> None:
    recording = recorded(root)
    result = analyse_gc_cost(
        read_profile(str(recording.cpu)), read_profile(str(recording.allocations))
    )
    sites = next(table for table in result.tables if table.name == "sites")
    own: Counter[str] = Counter()
    for row, function in enumerate(sites.column("function").values):
        own[function] += sites.column("malloc_ns").values[row]
        own[function] += sites.column("assist_ns").values[row]
    names = ("smallWithoutPointers", "tree", "large")
    allocating = [rule for rule in RULES if rule.category in (MALLOC, ASSIST) and not rule.within]
    assist = next(row for row, rule in enumerate(RULES) if rule.category == ASSIST)
    # An assist comes before what it does (scanning stacks, draining), an allocation does not.
    first = "|".join(rule.pattern for rule in RULES[:assist])
    between = [rule for rule in RULES[assist + 1 : -1] if rule.category not in (MALLOC, ASSIST)]
    questions = []
    for name in names:
        where = {"show_from": rf"^main\.{name}$"}
        questions.append({"focus": RULES[assist].pattern, "ignore": first, **where})
        ignored = "|".join([first, *(rule.pattern for rule in (RULES[assist], *between))])
        focus = "|".join(rule.pattern for rule in allocating if rule.category == MALLOC)
        questions.append({"focus": focus, "ignore": ignored, **where})
    times = [time for time, _ in pprof_times(recording.cpu, questions)]
    ours = [own[f"main.{name}"] for name in names]
    assert [sum(times[row : row + 2]) for row in range(0, len(times), 2)] == ours
    assert ours[0] > 0


SMALL = {"tiny", "small, noscan", "small, scan", "small, scan, header"}
NEVER = {
    "main.smallWithoutPointers": (SMALL - {"small, noscan"}) | {"large"},
    "main.tree": (SMALL - {"small, scan"}) | {"large"},
    "main.large": SMALL,
}
"""What a function of the program never does: the parts that its samples must not have."""


@each_root
def test_what_is_known_to_be_allocated_shows_in_the_parts(root: GoRoot) -> None:
    profile = read_profile(str(recorded(root).cpu))
    rules = rule_of_samples(profile)
    samples = np.array([row for row, rule in enumerate(rules) if RULES[rule].category == MALLOC])
    found = allocation_sites(profile, samples)
    parts: dict[str, set[str]] = {}
    for sample, site in zip(samples, found.of_sample.tolist(), strict=True):
        parts.setdefault(found.function(site), set()).add(RULES[rules[sample]].part)
    assert parts.keys() & NEVER.keys()
    assert not [name for name, never in NEVER.items() if parts.get(name, set()) & never]
    if root.version.minor < 24:
        assert not SMALL & set().union(*parts.values())


@each_root
def test_the_collectors_work_is_charged_by_bytes_to_the_last_nanosecond(root: GoRoot) -> None:
    recording = recorded(root)
    result = analyse_gc_cost(
        read_profile(str(recording.cpu)), read_profile(str(recording.allocations))
    )
    sites = next(table for table in result.tables if table.name == "sites")
    to_charge = next(fact.value for fact in result.facts if fact.name == "charged_ns")
    charged, sizes = sites.column("charged_ns").values, sites.column("allocated_bytes").values
    assert sum(charged) == to_charge > 0
    whole = sum(sizes)
    for time_ns, size in zip(charged, sizes, strict=True):
        assert abs(time_ns - to_charge * size / whole) <= 1


@each_root
def test_a_trace_of_the_same_time_tells_the_same(root: GoRoot) -> None:
    recording = recorded(root)
    tables = ["cpu_samples", "stacks", "frames", "functions"]
    trace = by_part(analyse_gc_cost(read_trace(str(recording.trace), tables=tables)))
    profile = by_part(analyse_gc_cost(read_profile(str(recording.cpu))))
    apart = sum(abs(trace.get(key, 0) - profile.get(key, 0)) for key in trace | profile)
    # The two record the same ticks, but start and stop one after the other.
    assert apart <= 50_000_000
    assert sum(trace.values()) > 500_000_000
