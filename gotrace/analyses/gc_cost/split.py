"""The samples of a profile by kind of work, and their sums as tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from gotrace.analyses.estimates import estimate_columns, share
from gotrace.analyses.gc_cost.cpu_values import CpuValues
from gotrace.analyses.gc_cost.findings import Costs
from gotrace.analyses.gc_cost.rules import (
    ASSIST,
    BACKGROUND_MARK,
    CATEGORIES,
    CHARGED,
    MALLOC,
    MEMORY,
    RULES,
)
from gotrace.analyses.result import Fact, ResultColumn, ResultTable

__all__ = ["Split"]

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Split:
    """The samples with the rule that each falls under."""

    values: CpuValues
    rule: Numbers

    @cached_property
    def category(self) -> Numbers:
        """For every sample the number of its category."""
        names = list(CATEGORIES)
        of_rule = np.array([names.index(rule.category) for rule in RULES], np.int64)
        result: Numbers = of_rule[self.rule]
        return result

    @property
    def direct(self) -> tuple[Numbers, Numbers]:
        """The samples that allocate, and those that assist."""
        names = list(CATEGORIES)
        malloc, assist = (np.flatnonzero(self.category == names.index(name))
                          for name in (MALLOC, ASSIST))  # fmt: skip
        return malloc, assist

    @property
    def to_charge(self) -> tuple[int, float]:
        """The collector's work that no site asked for, and its error."""
        return self._together(CHARGED)

    @property
    def marking_ns(self) -> int:
        """Background marking and assists."""
        return self._together((BACKGROUND_MARK, ASSIST))[0]

    def _together(self, categories: tuple[str, ...]) -> tuple[int, float]:
        names = list(CATEGORIES)
        chosen = np.isin(self.category, [names.index(name) for name in categories])
        error = self.values.errors(chosen.astype(np.int64), 2)[1]
        return int(self.values.time_ns[chosen].sum()), float(error)

    def columns(self, groups: Numbers, count: int, order: list[int]) -> list[ResultColumn]:
        """Samples, time and share of the groups in `order`."""
        time_ns, samples = np.zeros(count, np.int64), np.zeros(count, np.int64)
        np.add.at(time_ns, groups, self.values.time_ns)
        np.add.at(samples, groups, self.values.count)
        errors = self.values.errors(groups, count)
        shares = [share(int(time_ns[row]), self.values.total_ns) for row in order]
        share_errors = [share(float(errors[row]), abs(self.values.total_ns)) for row in order]
        return [
            ResultColumn("samples_count", "count", samples[order].tolist(), "samples"),
            *estimate_columns("time_ns", "ns", time_ns[order], errors[order], "CPU time"),
            ResultColumn("share", "ratio", shares, "share", doc="Of the whole profile."),
            ResultColumn("share_error", "ratio", share_errors, "±", error_of="share"),
        ]

    def table(self) -> ResultTable:
        """One row for each category, all of them, so that they add up."""
        names = list(CATEGORIES)
        order = list(range(len(names)))
        columns = (
            ResultColumn("category", "text", names, "category", is_key=True),
            ResultColumn("meaning", "text", list(CATEGORIES.values()), "what was done"),
            *self.columns(self.category, len(names), order),
        )
        notes = (
            "± is the standard error of sampling. Each sample has one category: rows add up to the "
            "profile.",
        )
        return ResultTable("split", "CPU time by kind of work", columns, notes)

    def parts(self) -> ResultTable:
        """One row for each part of a category that occurs."""
        keys = [(rule.category, rule.part) for rule in RULES]
        names = list(CATEGORIES)
        seen = set(self.rule.tolist())
        order = sorted(seen, key=lambda row: (names.index(RULES[row].category), row))
        columns = (
            ResultColumn("category", "text", [keys[row][0] for row in order], "category",
                         is_key=True),
            ResultColumn("part", "text", [keys[row][1] for row in order], "part", is_key=True),
            *self.columns(self.rule, len(RULES), order),
        )  # fmt: skip
        notes = (
            "Before Go 1.24 mallocgc holds the paths of tiny and small objects itself, before 1.22 "
            "workers do not tell their mode; from 1.26 on small objects get type bits inline.",
        )
        return ResultTable("parts", "Parts of it", columns, notes)

    def facts(self, charged_ns: int, rule: str) -> tuple[Fact, ...]:
        """The profile as a whole, what memory takes of it, what sites were charged and the rule."""
        memory_ns, _ = self._together(MEMORY)
        return (
            Fact("cpu_time_ns", self.values.total_ns, "ns", "CPU time",
                 f"{int(self.values.count.sum()):,} samples"),
            Fact("memory_ns", memory_ns, "ns", "for memory"),
            Fact("memory_share", share(memory_ns, self.values.total_ns), "ratio", "share"),
            Fact("charged_ns", charged_ns, "ns", "charged to sites", rule),
        )  # fmt: skip

    def costs(self, sites: list[tuple[str, int, float]], rule: str) -> Costs:
        """What findings are made of."""
        categories: Mapping[str, tuple[int, float]] = {
            name: self._together((name,)) for name in CATEGORIES
        }
        is_zeroing = np.array([rule.part == "zeroing" for rule in RULES])[self.rule]
        zeroing_error = self.values.errors(is_zeroing.astype(np.int64), 2)[1]
        zeroing = int(self.values.time_ns[is_zeroing].sum()), float(zeroing_error)
        _, memory_error = self._together(MEMORY)
        return Costs(self.values.total_ns, categories, zeroing, memory_error, sites, rule)
