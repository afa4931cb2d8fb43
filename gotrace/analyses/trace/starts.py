"""Which function every goroutine started with, as far as a trace tells.

Stacks end in the goroutine's first function, and a goroutine that is created has, until it runs,
the stack it will start with. The first stack that a trace shows of a goroutine decides.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gotrace.analyses.trace.fold import Numbers
from gotrace.tables.columns import Columns
from gotrace.tables.gathering import gather

__all__ = ["MOST_GOROUTINES", "Starts"]

MOST_GOROUTINES = 1 << 19
"""Goroutines whose start is remembered; of later ones it is unknown."""

_CODE = ("functions", "frames", "stacks")


class Starts:
    """Goroutine → stack that ends in its first function; and the tables that stacks refer to."""

    tables = ("goroutine_transitions", *_CODE)

    def __init__(self) -> None:
        self._goroutines: Numbers = np.zeros(0, np.int64)
        self._stacks: Numbers = np.zeros(0, np.int64)
        self._code: dict[str, list[Columns]] = {name: [] for name in _CODE}

    def feed(self, table: str, columns: Columns) -> None:
        """Take a block."""
        if table in _CODE:
            self._code[table].append(columns)
            return
        goroutine = columns.array("goroutine")
        stack = columns.array("stack_id").astype(np.int64)
        own = columns.array("src_g") == goroutine
        stack = np.where((stack < 0) & own, columns.array("src_stack_id"), stack)
        known = stack >= 0
        self._remember(goroutine[known], stack[known])

    def _remember(self, goroutines: Numbers, stacks: Numbers) -> None:
        if not len(goroutines) or len(self._goroutines) >= MOST_GOROUTINES:
            return
        every = np.concatenate([self._goroutines, goroutines])
        # The first row of each goroutine: those remembered stand before the new ones.
        self._goroutines, first = np.unique(every, return_index=True)
        self._stacks = np.concatenate([self._stacks, stacks])[first]

    def code(self) -> dict[str, Columns]:
        """The tables `functions`, `frames` and `stacks`."""
        return {name: gather(name, blocks) for name, blocks in self._code.items()}

    def functions(self, goroutines: npt.NDArray[np.int64]) -> list[str]:
        """The name of each goroutine's first function; empty if unknown."""
        if not len(self._goroutines):
            return [""] * len(goroutines)
        places = np.minimum(
            np.searchsorted(self._goroutines, goroutines), len(self._goroutines) - 1
        )
        stacks = np.where(self._goroutines[places] == goroutines, self._stacks[places], -1)
        names = self._roots()
        return [names[stack] if 0 <= stack < len(names) else "" for stack in stacks.tolist()]

    def _roots(self) -> list[str]:
        """The outermost function of each stack."""
        code = self.code()
        frames = code["stacks"].lists("frame_ids")
        is_empty = frames.lengths == 0
        last = np.where(is_empty, -1, frames.offsets[1:] - 1)
        frame = np.append(frames.values, -1)[last]
        function = np.append(code["frames"].array("function_id"), -1)[frame]
        names = [*code["functions"].array("name").tolist(), ""]
        return [names[row] for row in function.tolist()]
