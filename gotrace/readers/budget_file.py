"""`gotrace.toml` → budgets. What the file says wrongly is refused with its line, never ignored."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn, cast

from gotrace.errors import UsageError
from gotrace.readers import toml_places
from gotrace.readers.budget_amounts import parse_amount, parse_ratio
from gotrace.tables.budget import Budget, Limit, Mode, Place, Scope
from gotrace.tables.budget_metrics import METRICS, Metric, benchmark_metric
from gotrace.units import parse_duration

__all__ = ["BUDGET_KEYS", "SETTING_KEYS", "BudgetFile", "read_budget_file"]

LARGEST_FILE = 1 << 20
"""Bytes; a person wrote it."""
_OF_VERDICT = re.compile(r" \(.*\)\Z", re.DOTALL)
_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)")

BUDGET_KEYS: dict[str, tuple[str, str]] = {
    "metric": ("string", "What is measured: a metric of gotrace or a unit of a benchmark."),
    "max": ("amount", "The most there may be, such as `12`, `\"12 MiB\"`, `\"5 ms\"`, `\"3%\"`."),
    "min": ("amount", "The least there must be, of a metric where more is better."),
    "max_increase": ("percent", "The most it may grow since the baseline, such as `\"5%\"`."),
    "max_decrease": ("percent", "The same downwards, of a metric where more is better."),
    "floor": ("amount", "A change so small is allowed whatever its percentage."),
    "benchmark": ("regex", "Benchmarks by name, without `Benchmark` and `-8` or with them."),
    "package": ("regex", "Only this package."),
    "function": ("regex", "Only samples with such a function on their stack."),
    "call_site": ("regex", "Only allocations by such a function or `file.go:line` itself."),
    "label": ("label", "Only samples with this pprof label: `key=value`."),
    "size_class": ("number", "Only objects of this size class; 0 for large objects."),
    "window": ("duration", "The window of `mmu`, such as `\"10 ms\"`."),
    "mode": ("gate|advise", "Whether an overrun fails the build; times advise unless said."),
    "cannot_tell": ("fail|pass", "What a difference inside the noise means for the build."),
    "allow_empty": ("boolean", "That nothing matches is fine."),
}  # fmt: skip
"""Key of a budget → (kind of value, what it means); the schema and the messages come from here."""

SETTING_KEYS: dict[str, tuple[str, str]] = {
    "baseline": ("string", "Folder of the baselines, beside the budget file."),
    "cannot_tell": BUDGET_KEYS["cannot_tell"],
}
"""Keys of `[settings]`, in the same form."""

_SCOPES = {
    "benchmark": "benchmark",
    "package": "package",
    "function": "function",
    "call_site": "call_site",
    "label": "label",
    "size_class": "size_class",
    "window": "window_ns",
}


@dataclass(frozen=True)
class BudgetFile:
    """What the file says; `baseline` is the folder as written."""

    path: str
    budgets: tuple[Budget, ...]
    baseline: str = "budgets"


def read_budget_file(path: str) -> BudgetFile:
    """Read `gotrace.toml`.

    Raises UsageError, with file and line, for what cannot be read or is no TOML, and for unknown
    keys, units that do not fit, scopes that a metric does not have and missing limits. Patterns are
    not compiled here.
    """
    try:
        with Path(path).open("rb") as file:
            raw = file.read(LARGEST_FILE + 1)
        if len(raw) > LARGEST_FILE:
            raise UsageError(f"{path}: is too large for a budget file")
        text = raw.decode("utf-8-sig")
        document = tomllib.loads(text)
    except OSError as error:
        advice = "`gotrace budget init` makes one"
        raise UsageError(f"{path}: cannot be read: {error.strerror}; {advice}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: byte {error.start}: is not UTF-8") from error
    except RecursionError as error:
        raise UsageError(f"{path}: is nested too deeply") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(_no_toml(path, str(error))) from error
    return _File(path, toml_places.lines_of_keys(text)).read(document)


def _no_toml(path: str, reason: str) -> str:
    """The reason with its line in front, as everywhere."""
    found = _AT_LINE.search(reason)
    line = f":{found[1]}" if found else ""
    return f"{path}{line}: is no TOML: {_AT_LINE.sub('', reason)}"


class _File:
    """The document with its lines: every refusal names one."""

    def __init__(self, path: str, lines: Mapping[toml_places.Path, int]):
        self._path = path
        self._lines = lines

    def read(self, document: Mapping[str, Any]) -> BudgetFile:
        self._check_keys((), document, ("settings", "budget"))
        settings = self._table(("settings",), document.get("settings", {}))
        self._check_keys(("settings",), settings, SETTING_KEYS)
        baseline = settings.get("baseline", "budgets")
        if not isinstance(baseline, str) or not baseline:
            self._refuse(("settings", "baseline"), "`baseline` is the name of a folder")
        unclear = self._choice(("settings",), settings, "cannot_tell", ("fail", "pass"), "fail")
        tables = self._table(("budget",), document.get("budget", {}))
        if not tables:
            self._refuse(("budget",), "no budget: write one as `[budget.NAME]`")
        budgets = tuple(self._budget(name, table, unclear) for name, table in tables.items())
        return BudgetFile(self._path, budgets, baseline)

    def _budget(self, name: str, table: Any, unclear: str) -> Budget:
        at = ("budget", name)
        if not name or _OF_VERDICT.search(name):
            self._refuse(at, "a budget has a name, and none like `NAME (BENCHMARK)`: verdicts have")
        keys = self._table(at, table)
        self._check_keys(at, keys, BUDGET_KEYS)
        metric = self._metric(at, keys)
        is_gate = self._choice(
            at, keys, "mode", ("gate", "advise"), "advise" if metric.is_time else "gate"
        )
        unclear = self._choice(at, keys, "cannot_tell", ("fail", "pass"), unclear)
        empty = keys.get("allow_empty", False)
        if not isinstance(empty, bool):
            self._refuse((*at, "allow_empty"), "`allow_empty` is true or false")
        text = {
            key: str(keys[key])
            for key in ("max", "min", "max_increase", "max_decrease", "floor")
            if key in keys
        }
        return Budget(
            name, metric, self._limit(at, keys, metric), self._scope(at, keys, metric),
            Mode(is_gate), unclear == "pass", empty, self._place(at), text,
        )  # fmt: skip

    def _metric(self, at: toml_places.Path, keys: Mapping[str, Any]) -> Metric:
        name = keys.get("metric")
        if not isinstance(name, str) or not name:
            self._refuse((*at, "metric"), f"budget `{at[-1]}` needs a `metric`")
        metric = METRICS.get(name)
        if metric is None and "benchmark" in keys:
            # Only whoever wrote the benchmark knows whether more of its unit is better.
            is_least = bool({"min", "max_decrease"} & set(keys))
            is_most = bool({"max", "max_increase"} & set(keys))
            own = benchmark_metric(name)
            return replace(own, is_better_higher=True) if is_least and not is_most else own
        if metric is None:
            self._refuse(
                (*at, "metric"),
                f"`{name}` is no metric{_meant(name, METRICS)}; a unit that a benchmark reports "
                "needs `benchmark` beside it",
            )
        return metric

    def _scope(self, at: toml_places.Path, keys: Mapping[str, Any], metric: Metric) -> Scope:
        found: dict[str, Any] = {}
        for key, scope in _SCOPES.items():
            if key not in keys:
                continue
            if scope not in metric.scopes:
                known = ", ".join(k for k, s in _SCOPES.items() if s in metric.scopes) or "nothing"
                self._refuse(
                    (*at, key), f"`{metric.name}` cannot be narrowed by `{key}` (by {known})"
                )
            found[scope] = self._scope_value((*at, key), key, keys[key])
        if "window_ns" in metric.scopes and not found.get("window_ns"):
            self._refuse(at, f'`{metric.name}` needs a `window`, such as `window = "10 ms"`')
        return Scope(**found)

    def _scope_value(self, at: toml_places.Path, key: str, value: Any) -> Any:
        kind = BUDGET_KEYS[key][0]
        if kind == "number":
            if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 67:
                self._refuse(at, f"`{key}` is a number from 0 to 67")
            return value
        if not isinstance(value, str) or not value:
            self._refuse(at, f"`{key}` is a text")
        if kind == "duration":
            return int(self._parsed(at, lambda: parse_duration(value)))
        if kind == "label" and "=" not in value:
            self._refuse(at, f"`{value}` is no label: write `key=value`")
        return value

    def _limit(self, at: toml_places.Path, keys: Mapping[str, Any], metric: Metric) -> Limit:
        bound, change = ("min", "max_decrease") if metric.is_better_higher else (
            "max", "max_increase"
        )  # fmt: skip
        for wrong, right in (
            (("max", bound), ("max_increase", change))
            if metric.is_better_higher
            else (("min", bound), ("max_decrease", change))
        ):
            if wrong in keys:
                better = "more" if metric.is_better_higher else "less"
                self._refuse(
                    (*at, wrong), f"of `{metric.name}` {better} is better: limit it with `{right}`"
                )
        if bound not in keys and change not in keys:
            self._refuse(at, f"budget `{at[-1]}` limits nothing: give `{bound}` or `{change}`")
        if "floor" in keys and change not in keys:
            self._refuse((*at, "floor"), f"`floor` needs `{change}`")
        return Limit(
            self._amount((*at, bound), keys[bound], metric) if bound in keys else None,
            self._ratio((*at, change), keys[change]) if change in keys else None,
            self._amount((*at, "floor"), keys["floor"], metric) if "floor" in keys else 0.0,
        )

    def _amount(self, at: toml_places.Path, value: Any, metric: Metric) -> float:
        return self._parsed(at, lambda: parse_amount(at[-1], value, metric))

    def _ratio(self, at: toml_places.Path, value: Any) -> float:
        return self._parsed(at, lambda: parse_ratio(at[-1], value))

    def _parsed(self, at: toml_places.Path, parse: Callable[[], float]) -> float:
        try:
            return parse()
        except UsageError as error:
            self._refuse(at, str(error))

    def _choice(
        self,
        at: toml_places.Path,
        keys: Mapping[str, Any],
        key: str,
        known: tuple[str, ...],
        default: str,
    ) -> str:
        value = keys.get(key, default)
        if value not in known:
            self._refuse((*at, key), f"`{key}` is {' or '.join(f'`{name}`' for name in known)}")
        return cast("str", value)

    def _table(self, at: toml_places.Path, value: Any) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            self._refuse(at, f"`{'.'.join(at)}` is a table: write `[{'.'.join(at)}]`")
        return value

    def _check_keys(
        self,
        at: toml_places.Path,
        table: Mapping[str, Any],
        known: Mapping[str, Any] | tuple[str, ...],
    ) -> None:
        for key in table:
            if key not in known:
                self._refuse((*at, key), f"`{key}` is no key here{_meant(key, known)}")

    def _place(self, at: toml_places.Path) -> Place:
        """The line of a key, or of the nearest table around it."""
        for depth in range(len(at), 0, -1):
            if at[:depth] in self._lines:
                return Place(self._path, self._lines[at[:depth]])
        return Place(self._path, 1)

    def _refuse(self, at: toml_places.Path, reason: str) -> NoReturn:
        raise UsageError(f"{self._place(at)}: {reason}")


def _meant(name: str, known: Mapping[str, Any] | tuple[str, ...]) -> str:
    """`; did you mean ...`, or nothing."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean `{close[0]}`?" if close else ""
