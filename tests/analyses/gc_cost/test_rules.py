"""Which category a stack falls under, for stacks as Go 1.5 to 1.27 leave them."""

from __future__ import annotations

import pytest

from gotrace.analyses.gc_cost.classify import allocation_sites, rule_of_samples
from gotrace.analyses.gc_cost.functions import GROUPS
from gotrace.analyses.gc_cost.rules import CATEGORIES, MUTATOR, RULES
from tests.builders import Sample, recording_from

PREFIX = {"gcWriteBarrier", "memeqbody"}


def stack(text: str) -> list[str]:
    """Frames of the runtime from `a < b < c`, leaf first; names with a dot in front are whole."""
    names = [name.strip() for name in text.split(" < ")]
    return [
        name if name in PREFIX or name.startswith(("main.", "runtime/")) else f"runtime.{name}"
        for name in names
    ]


STACKS = [
    ("mallocgc < newobject < main.f", "malloc", "mallocgc itself"),
    ("makeslice < main.f", "malloc", "mallocgc itself"),
    ("mallocgcSmallScanNoHeaderSC3 < main.f", "malloc", "small, scan"),
    ("nextFreeFast < mallocgcSmallNoscan < mallocgc < main.f", "malloc", "small, noscan"),
    ("mallocgcSmallScanHeader < mallocgc < main.f", "malloc", "small, scan, header"),
    ("mallocgcTinySize5 < main.f", "malloc", "tiny"),
    ("memclrNoHeapPointers < mallocgcSmallNoscan < mallocgc < main.f", "malloc", "zeroing"),
    ("memclr < mallocgc < newobject < main.f", "malloc", "zeroing"),
    ("memclrNoHeapPointers < growslice < main.f", "malloc", "zeroing"),
    ("memclrNoHeapPointers < mapclear < main.f", "mutator", ""),
    ("memmove < growslice < main.f", "mutator", ""),
    ("(*mcentral).grow < (*mcache).refill < (*mcache).nextFree < mallocgc < main.f",
     "malloc", "refill"),
    ("memclrNoHeapPointers < (*mspan).initHeapBits < (*mcache).refill < mallocgc < main.f",
     "malloc", "type bits and headers"),
    ("mCache_Refill < systemstack < mallocgc < main.f", "malloc", "refill"),
    ("(*mheap).alloc < (*mcache).allocLarge < mallocgc < main.f", "malloc", "large"),
    ("largeAlloc < systemstack < mallocgc < main.f", "malloc", "large"),
    ("heapBitsSetType < mallocgc < main.f", "malloc", "type bits and headers"),
    ("callers < mProf_Malloc < profilealloc < mallocgc < main.f", "malloc", "profiling"),
    ("gcmarknewobject < mallocgc < main.f", "malloc", "allocate black"),
    ("scanobject < gcDrainN < gcAssistAlloc1 < gcAssistAlloc.func1 < systemstack < gcAssistAlloc < "
     "mallocgc < main.f", "assist", ""),
    ("scanstack < markroot < gcDrainN < gcAssistAlloc1 < gcAssistAlloc < mallocgc < main.f",
     "assist", ""),
    ("gcMarkTermination < gcMarkDone < gcAssistAlloc < mallocgc < main.f",
     "coordination", "end of marking"),
    ("stopTheWorldWithSema < gcStart < mallocgc < main.f", "coordination", "start of a cycle"),
    ("stopTheWorldWithSema < stopTheWorld < ReadMemStats < main.f",
     "coordination", "stopping the world"),
    ("gcWaitOnMark < GC < main.f", "coordination", "runtime.GC"),
    ("(*gcControllerState).findRunnableGCWorker < findRunnable < schedule < mcall",
     "coordination", "scheduling workers"),
    ("adjustframe < scanstack < markroot < gcDrain < gcDrainMarkWorkerDedicated < "
     "gcBgMarkWorker.func2 < systemstack < gcBgMarkWorker", "coordination", "scanning stacks"),
    ("scanobject < gcDrain < gcDrainMarkWorkerDedicated < gcBgMarkWorker.func2 < gcBgMarkWorker",
     "background_mark", "dedicated worker"),
    ("scanObject < gcDrain < gcDrainMarkWorkerFractional < gcBgMarkWorker",
     "background_mark", "fractional worker"),
    ("scanobject < gcDrain < gcDrainMarkWorkerIdle < gcBgMarkWorker",
     "background_mark", "idle worker"),
    ("scanobject < gcDrain < gcBgMarkWorker.func2 < gcBgMarkWorker",
     "background_mark", "mode not told"),
    ("greyobject < gcDrain < gchelper < mstart", "coordination", "end of marking"),
    ("sweepone < bgsweep", "sweep", "background"),
    ("(*mspan).sweep < sweepone < gosweepone < bgsweep", "sweep", "background"),
    ("sweepone < deductSweepCredit < (*mcentral).cacheSpan < (*mcache).refill < mallocgc < main.f",
     "sweep", "ahead of allocation"),
    ("(*sweepLocked).sweep < (*mcentral).cacheSpan < (*mcache).refill < mallocgc < main.f",
     "sweep", "on demand"),
    ("mSpan_Sweep < mCentral_CacheSpan < mCache_Refill < mallocgc < main.f", "sweep", "on demand"),
    ("(*pageAlloc).scavenge < bgscavenge.func1 < bgscavenge", "scavenger", "background"),
    ("(*pageAlloc).scavenge < (*mheap).allocSpan < mallocgc < main.f", "scavenger", "on demand"),
    ("wbBufFlush1 < wbBufFlush < gcWriteBarrier < main.f", "write_barrier", ""),
    ("bulkBarrierPreWriteSrcOnly < growslice < main.f", "write_barrier", ""),
    ("writebarrierptr < main.f", "write_barrier", ""),
    ("copystack < newstack < morestack < main.f", "stack_growth", ""),
    ("schedule < gopreempt_m < newstack < morestack < main.f", "mutator", "preempted"),
    ("memeqbody < mapaccess1_faststr < main.f", "mutator", ""),
    ("main.f", "mutator", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "category", "part"), STACKS)
def test_a_stack_falls_under_its_rule(text: str, category: str, part: str) -> None:
    recording = recording_from(Sample(stack(text), (1,)))
    (row,) = rule_of_samples(recording)
    assert (RULES[row].category, RULES[row].part) == (category, part)


def test_inlined_calls_count() -> None:
    recording = recording_from(Sample([("runtime.scanstack", "runtime.gcDrain"), "main.f"], (1,)))
    assert RULES[rule_of_samples(recording)[0]].part == "scanning stacks"


def test_a_sample_without_stack_or_name_is_the_programs() -> None:
    recording = recording_from(Sample([], (1,)), Sample(["0x1234"], (1,)))
    assert [RULES[row].category for row in rule_of_samples(recording)] == [MUTATOR, MUTATOR]


def test_all_groups_and_categories_are_in_use() -> None:
    used = {group for rule in RULES for group in (*rule.groups, *rule.within)}
    assert used == set(GROUPS)
    assert {rule.category for rule in RULES} == set(CATEGORIES)
    parts = [(rule.category, rule.part) for rule in RULES]
    assert len(parts) == len(set(parts))


def test_only_the_last_rule_fits_everything() -> None:
    assert [not rule.groups for rule in RULES] == [*[False] * (len(RULES) - 1), True]


@pytest.mark.parametrize(
    ("text", "site"),
    [
        ("mallocgc < newobject < main.f < main.g", "main.f"),
        (
            "runtime/internal/atomic.Xadd64 < gcAssistAlloc < mallocgc < main.f",
            "main.f",
        ),
        ("memclrNoHeapPointers < growslice < main.f", "main.f"),
        ("mallocgc < newobject < allocm < newm < mcall", "runtime.allocm"),
        ("mallocgc", "(no stack)"),
    ],
)
def test_an_allocation_is_asked_for_by_the_first_frame_outside_the_runtime(
    text: str, site: str
) -> None:
    recording = recording_from(Sample(["main.other"], (1,)), Sample(stack(text), (1,)))
    found = allocation_sites(recording, rule_of_samples(recording)[1:] * 0 + 1)
    assert [found.function(row) for row in found.of_sample.tolist()] == [site]
