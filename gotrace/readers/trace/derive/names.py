"""Names that outlive a generation: reasons, kinds of stops, tasks and regions."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gotrace.readers.trace.generation import GenerationTables
from gotrace.tables.columns import Coded

__all__ = ["Names"]


_FEW = 64
"""Texts that are not worth a look at which of them are used."""


class Names:
    """Texts with codes that stay the same from generation to generation."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}
        self._texts: list[str] = []
        self._generation: GenerationTables | None = None
        self._known: dict[int, int] = {}

    def code(self, text: str) -> int:
        """The code of a text."""
        code = self._codes.setdefault(text, len(self._texts))
        if code == len(self._texts):
            self._texts.append(text)
        return code

    def code_or_none(self, text: str) -> int:
        """The code of a text; -1 for an empty one."""
        return self.code(text) if text else -1

    def text(self, code: int) -> str:
        """The text of a code."""
        return self._texts[code]

    def codes(
        self, generation: GenerationTables, local: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.int32]:
        """Rows of a generation's strings → codes; -1 where there is no text, or an empty one."""
        if generation is not self._generation:
            self._generation, self._known = generation, {-1: -1}
        rows, places = np.unique(local, return_inverse=True)
        strings = generation.strings
        for row in rows.tolist():
            if row not in self._known:
                text = strings[row] if 0 <= row < len(strings) else ""
                self._known[row] = self.code(text) if text else -1
        found = np.array([self._known[row] for row in rows.tolist()], np.int32)
        codes: npt.NDArray[np.int32] = found[places.reshape(-1)]
        return codes

    def column(self, codes: npt.NDArray[np.int32]) -> Coded:
        """A column of these codes, which holds not many more texts than it uses."""
        if len(self._texts) <= _FEW:
            return Coded(codes, self._texts[:])
        is_used = np.zeros(len(self._texts) + 1, np.bool_)
        is_used[codes] = True
        is_used[-1] = False
        places = np.cumsum(is_used, dtype=np.int32) - np.int32(1)
        places[-1] = -1
        texts = [self._texts[code] for code in np.flatnonzero(is_used).tolist()]
        return Coded(places.take(codes, mode="wrap"), texts)
