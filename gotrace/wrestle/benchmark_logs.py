"""Part of a log of benchmarks: the results of one package."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gotrace.tables.columns import Coded, Column, Columns
from gotrace.tables.recording import Recording

__all__ = ["only_package"]


def only_package(log: Recording, package: str) -> Recording:
    """The log with the results of this package only (`pkg:`); there may be none.

    `package` is an import path, or the name of a folder of recordings (`a.b` for `module/a/b`).
    """
    results = log.columns["benchmarks"]
    packages = results.coded("package")
    codes = [code for code, name in enumerate(packages.values) if _is(name, package)]
    kept = np.flatnonzero(np.isin(packages.codes, codes))
    values = log.columns["benchmark_values"]
    wanted = results.array("benchmark_id")[kept]
    of_them = np.flatnonzero(np.isin(values.array("benchmark_id"), wanted))
    # Rows of `benchmarks` are numbered by their place: whoever joins them counts on it.
    renumbered = np.searchsorted(wanted, values.array("benchmark_id")[of_them])
    tables = {
        "benchmarks": _rows(results, kept).replaced({"benchmark_id": np.arange(len(kept))}),
        "benchmark_values": _rows(values, of_them).replaced({"benchmark_id": renumbered}),
    }
    return replace(log, columns=log.columns.replaced(tables))


def _is(name: str, package: str) -> bool:
    return name == package or f".{name.replace('/', '.')}".endswith(f".{package}")


def _rows(table: Columns, rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Columns:
    taken: dict[str, Column] = {}
    for name in table:
        column = table[name]
        if isinstance(column, Coded):
            taken[name] = Coded(column.codes[rows], column.values)
        else:
            taken[name] = table.array(name)[rows]
    return Columns(len(rows), taken)
