"""What every format says of a verdict: the same words, whatever they are wrapped in."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator

from gotrace.analyses.budget.amounts import amount
from gotrace.tables.budget import Budget, Checked, Measurement, Mode, Outcome, Site, Verdict
from gotrace.views.safety import safe_text

__all__ = [
    "LONGEST_TEXT",
    "NAMED_SITES",
    "TOP_SITES",
    "cut",
    "distinct_names",
    "observed",
    "safe",
    "scope_words",
    "shown",
    "shown_change",
    "site_name",
    "standing",
    "summary",
    "worst_first",
]

NAMED_SITES = 10
"""How many sites of a measure programs are told, or are tried for a line in the repository."""
TOP_SITES = 3
LONGEST_TEXT = 2_000
"""Characters of one text from outside; of longer ones the begin and a digest are shown."""
_LONGEST_UNIT = 100
_DIGEST = 8


def safe(text: str, most: int = LONGEST_TEXT) -> str:
    """`safe_text` of the first `most` characters: a megabyte would cost time and hide the rest."""
    return safe_text(cut(text, most))


def shown(value: float, unit: str) -> str:
    """An amount as people read it, safe to print; `?` for what is no finite number."""
    return safe_text(amount(value, cut(unit, _LONGEST_UNIT))) if math.isfinite(value) else "?"


def shown_change(now: float, before: float, unit: str) -> str:
    """`+2 allocs/op (+17%)`: how `now` differs from `before`; `no change`."""
    change = now - before
    if change == 0:
        return "no change"
    sign = "+" if change > 0 else "-"
    text = f"{sign}{shown(abs(change), unit)}"
    if not before or not math.isfinite(change / before):
        return text
    return f"{text} ({sign}{abs(change / before) * 100:.3g}%)"


def observed(measure: Measurement | None, unit: str) -> str:
    """`12.0 MiB ± 410 KiB`: the value and what noise explains; `nothing` where nothing was."""
    if measure is None:
        return "nothing"
    value = shown(measure.value, unit)
    if not measure.is_noise_known:
        return f"{value} (noise not known)"
    if measure.is_exact:
        return f"{value} (exact)"
    return (
        f"{value} ± {shown(max(measure.high - measure.value, measure.value - measure.low), unit)}"
    )


def standing(verdict: Verdict) -> str:
    """One of `OVER`, `CANNOT TELL`, `within`, `over (advice)`, `cannot tell (passes)`.

    Capitals are what fails the build, so that no one needs colour to see it.
    """
    if verdict.is_failure:
        return verdict.outcome.upper()
    if verdict.outcome is Outcome.WITHIN:
        return str(verdict.outcome)
    is_advice = verdict.budget.mode is Mode.ADVISE
    return f"{verdict.outcome} ({'advice' if is_advice else 'passes'})"


def summary(checked: Checked) -> str:
    """`1 over, 2 cannot tell, 3 within` of all verdicts; what does not occur is not named."""
    outcomes = (Outcome.OVER, Outcome.CANNOT_TELL, Outcome.WITHIN)
    counts = ((checked.counted(outcome), outcome) for outcome in outcomes)
    return ", ".join(f"{count} {outcome}" for count, outcome in counts if count) or "no budgets"


def scope_words(budget: Budget) -> str:
    """`allocs/op of benchmark ^Encode$`: what the budget is about."""
    scope = budget.scope
    parts = [
        f"{word} {cut(value, LONGEST_TEXT)}"
        for word, value in (
            ("benchmark", scope.benchmark),
            ("function", scope.function),
            ("package", scope.package),
            ("call site", scope.call_site),
            ("label", scope.label),
        )
        if value
    ]
    if scope.size_class is not None:
        parts.append(f"size class {scope.size_class}" if scope.size_class else "large objects")
    if scope.window_ns:
        parts.append(f"window {shown(scope.window_ns, 'ns')}")
    name = safe(budget.metric.name)
    return f"{name} of {safe(', '.join(parts))}" if parts else name


def site_name(site: Site) -> str:
    """`pkg.Function file.go:12`, as far as it is known."""
    file, function = (safe(text, LONGEST_TEXT // 2) for text in (site.file, site.function))
    place = f"{file}:{site.line}" if site.line else file
    return " ".join(filter(None, (function, place))) or "(unknown)"


def worst_first(checked: Checked) -> list[Verdict]:
    """All that is not within: failures first, over before unclear, the furthest beyond first."""
    open_ones = [v for v in checked.verdicts if v.outcome is not Outcome.WITHIN]
    return sorted(
        open_ones,
        key=lambda v: (not v.is_failure, v.outcome is not Outcome.OVER, -_beyond_ratio(v)),
    )


def _beyond_ratio(verdict: Verdict) -> float:
    """How far beyond its worst limit, as a part of that limit."""
    if verdict.measure is None:
        return 0.0
    sign = -1.0 if verdict.budget.metric.is_better_higher else 1.0
    value = verdict.measure.value
    ratios = [
        sign * (value - limit.allowed) / (abs(limit.allowed) or 1.0)
        for limit in verdict.limits
        if limit.allowed is not None
    ]
    return max((ratio for ratio in ratios if not math.isnan(ratio)), default=0.0)


def distinct_names(checked: Checked, most: int) -> Iterator[tuple[str, Verdict]]:
    """(name, verdict) in the order of the file; no name twice (`encode #2`), none above `most`."""
    used: set[str] = set()
    for verdict in checked.verdicts:
        name = wanted = cut(safe(verdict.budget.name), most)
        count = 1
        while name in used:
            count += 1
            name = f"{wanted} #{count}"
        used.add(name)
        yield name, verdict


def cut(text: str, most: int) -> str:
    """`text` of at most `most` characters; the end of a longer one is a digest of all of it."""
    if len(text) <= most:
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]
    return f"{text[: most - _DIGEST - 1]}…{digest}"
