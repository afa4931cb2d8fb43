"""Whether a saving could be worth anything to the benchmark: trifles weigh no more than LOW.

Shares alone make much of little: a program that allocates next to nothing has call sites as well,
and all of its bytes may be a buffer that was made once. Two things are known where benchmarks are:

- how often they ran: what happened a few times in many iterations is a beginning, not a habit;
- how long an iteration took: even at `_OBJECT_NS` an object and `_BYTE_NS` a byte, well above what
  allocating and collecting take on a machine that is not busy, too little is saved.

Of what collections scan again and again neither tells anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from gotrace.tables.recording import Recording

__all__ = ["Benchmarks"]

_OBJECT_NS, _BYTE_NS = 1000.0, 5.0
_LEAST_TIME = 0.02
_A_FEW = 10
_SELDOM = 0.05


@dataclass(frozen=True)
class Benchmarks:
    """The log of the benchmarks as they are, and how often each ran under the heap profile."""

    log: Recording | None = None
    iterations: Mapping[str, int] = field(default_factory=dict)

    def measured(self, unit: str) -> float:
        """What all iterations of the run come to, by the middle of the rounds; 0: not known."""
        return sum(sorted(found)[len(found) // 2] * count for count, found in self._rounds(unit))

    def doubt(self, count: float, objects: float, size: float) -> str:
        """Why what was made `count` times, of so many objects and bytes, is a trifle, or nothing.

        As the end of a sentence of evidence.
        """
        seldom = min(self.iterations.values(), default=0)
        if count < _A_FEW and count < _SELDOM * seldom:
            return f"; that was {count:,.0f} times in {seldom:,} iterations or more"
        most_ns = _OBJECT_NS * objects + _BYTE_NS * size
        if most_ns < _LEAST_TIME * self._shortest_ns:
            return f"; less than {_LEAST_TIME:.0%} of the benchmark's time, whatever it takes"
        return ""

    @cached_property
    def _shortest_ns(self) -> float:
        """What all iterations took, of the benchmark that took least; by its best round."""
        if not self.iterations:
            return 0.0
        times = [min(found) * count * 1e9 for count, found in self._rounds("sec/op")]
        return min(times) if len(times) == len(self.iterations) else 0.0

    def _rounds(self, unit: str) -> Iterator[tuple[int, list[float]]]:
        """For each benchmark its iterations, and what each round measured."""
        if self.log is None or not self.iterations:
            return
        table, values = self.log.columns["benchmarks"], self.log.columns["benchmark_values"]
        names, units = table.coded("name"), values.coded("unit")
        wanted = {name.removeprefix("Benchmark"): count for name, count in self.iterations.items()}
        amounts: dict[str, list[float]] = {}
        ids = values.array("benchmark_id").tolist()
        for row, value in enumerate(values.array("value").tolist()):
            if units[row] == unit:
                amounts.setdefault(names[ids[row]] or "", []).append(value)
        for name, found in amounts.items():
            count = wanted.get(name, wanted.get(name.rpartition("-")[0], 0))
            if count:
                yield count, found
