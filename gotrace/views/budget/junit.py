"""A check as JUnit XML: one test case for each budget, as GitLab, Jenkins and others read it.

A budget that fails is a failure, whose type says whether it is over or cannot be told. What is not
within and yet passes (advice, `cannot_tell = "pass"`) is skipped, with a message: neither green nor
red.
"""

from __future__ import annotations

from html import escape

from gotrace.tables.budget import Checked, Outcome, Verdict
from gotrace.views.budget.blocks import blocks
from gotrace.views.budget.words import (
    cut,
    distinct_names,
    safe,
    standing,
    summary,
)

__all__ = ["junit"]

_LONGEST_NAME = 500
_LONGEST_TEXT = 10_000
_TYPES = {Outcome.OVER: "over", Outcome.CANNOT_TELL: "cannot-tell"}


def junit(checked: Checked) -> str:
    """XML 1.0 that ends in a newline; it has no times, for none were measured."""
    failures = sum(verdict.is_failure for verdict in checked.verdicts)
    skipped = sum(_is_skipped(verdict) for verdict in checked.verdicts)
    counts = f'tests="{len(checked.verdicts)}" failures="{failures}" errors="0" skipped="{skipped}"'
    texts = [_text(block.rows) for block in blocks(checked)]
    cases = [
        _case(name, verdict, text)
        for (name, verdict), text in zip(distinct_names(checked, _LONGEST_NAME), texts, strict=True)
    ]
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<testsuites name="gotrace budgets" {counts}>',
            f'  <testsuite name="Memory budgets: {escape(summary(checked))}" {counts}>',
            *cases,
            "  </testsuite>",
            "</testsuites>",
            "",
        ]
    )


def _is_skipped(verdict: Verdict) -> bool:
    return verdict.outcome is not Outcome.WITHIN and not verdict.is_failure


def _text(rows: tuple[tuple[str, str], ...]) -> str:
    return "\n".join(f"{label:<11}{text}" for label, text in rows)


def _case(name: str, verdict: Verdict, text: str) -> str:
    budget = verdict.budget
    attributes = {
        "classname": f"budget.{budget.metric.name}",
        "name": name,
        "file": budget.place.file,
        "line": str(budget.place.line) if budget.place.file else "",
    }
    head = f"    <testcase{_attributes(attributes)}>"
    message = "; ".join(verdict.reasons) or standing(verdict)
    lines = [head]
    if verdict.is_failure:
        kind = _attributes({"type": _TYPES[verdict.outcome], "message": message})
        lines.append(f"      <failure{kind}>{_content(text)}</failure>")
    elif _is_skipped(verdict):
        told = _attributes({"message": f"{standing(verdict)}: {message}"})
        lines.append(f"      <skipped{told}/>")
    if not verdict.is_failure:
        lines.append(f"      <system-out>{_content(text)}</system-out>")
    return "\n".join([*lines, "    </testcase>"])


def _attributes(values: dict[str, str]) -> str:
    return "".join(
        f' {name}="{escape(cut(safe(value, _LONGEST_TEXT), _LONGEST_TEXT))}"'
        for name, value in values.items()
        if value
    )


def _content(text: str) -> str:
    lines = (safe(line) for line in text.splitlines())
    return escape(cut("\n".join(lines), _LONGEST_TEXT), quote=False)
