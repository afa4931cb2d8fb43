"""The numbers of the model of marking, in the source of every runtime that is installed."""

from __future__ import annotations

import re

import pytest

from gotrace.model.marking.milestones import milestone_for
from gotrace.model.marking.rules import Assists, Order
from gotrace.model.marking.shading import GREEN_TEA_BYTES
from tests.goroots import GOROOTS, GoRoot


@pytest.mark.parametrize("root", GOROOTS, ids=lambda root: str(root.version))
def test_the_runtime_says_the_same(root: GoRoot) -> None:
    rules = milestone_for(str(root.version))[1].rules
    entries = re.search(r"wbBufEntries = (\d+)$", root.source("runtime/mwbbuf.go"), re.M)
    assert entries and int(entries[1]) == rules.buffer_entries
    work = re.search(r"gcOverAssistWork = (\d+) << (\d+)", root.source("runtime/mgcpacer.go"))
    assert work and int(work[1]) << int(work[2]) == Assists().least_work_bytes
    experiments = root.source("internal/buildcfg/exp.go")
    is_green = re.search(r"GreenTeaGC: +true", experiments) is not None
    assert is_green is (rules.order is Order.SPANS)
    assert "rescan" not in root.source("runtime/runtime1.go")


def test_green_tea_takes_the_sizes_that_the_newest_runtime_takes() -> None:
    newest = max(GOROOTS, key=lambda root: root.version)
    marking = newest.source("runtime/mgcmark_greenteagc.go")
    least = re.search(r"return heapBitsInSpan\(size\) && size >= (\d+)", marking)
    assert least and int(least[1]) == GREEN_TEA_BYTES[0]
    # Heap bits are in the span up to a pointer word's bits of words: `minSizeForMallocHeader`.
    bitmap = newest.source("runtime/mbitmap.go", "internal/runtime/gc/malloc.go")
    assert re.search(r"userSize <= \w*\.?[mM]inSizeForMallocHeader", bitmap)
    assert GREEN_TEA_BYTES[-1] == 8 * 64
