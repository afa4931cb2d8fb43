"""What to ask `go tool pprof` so that its sums are those of the categories of GC cost.

One question is one sum: samples with `focus`, without `ignore`, and with `show_from`, which drops
stacks without a match. A rule is what it focuses on, without all rules before it. The rule with
`within` (zeroing) needs both expressions; the rules behind it lie within too, so ignoring what
zeroing focuses on is enough for them; the rest is what nobody focuses on, less zeroing that no
other rule explains.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from gotrace.analyses.gc_cost.rules import RULES, Rule
from tests.oracle.pprof_shell import Answers, Setting

__all__ = ["pprof_sums", "pprof_times"]

Question = Mapping[str, Setting]

_HEADER = re.compile(r"Showing nodes accounting for (-?\d+)(?:ns)?, .* of (-?\d+)(?:ns)? total")


def _question(rule: Rule, before: list[str]) -> Question:
    question: dict[str, Setting] = {"focus": rule.pattern}
    if rule.within:
        question["show_from"] = rule.within_pattern
    if before:
        question["ignore"] = "|".join(before)
    return question


def _questions() -> list[Question]:
    """One for each rule; of the last, two: what is left, and what of that is zeroing."""
    questions: list[Question] = []
    plain: list[str] = []
    clearing: list[str] = []
    zeroing = next(rule for rule in RULES if rule.within)
    for rule in RULES[:-1]:
        assert not clearing or set(rule.groups) <= set(zeroing.within), rule.part
        questions.append(_question(rule, plain + clearing))
        (clearing if rule.within else plain).append(rule.pattern)
    return [*questions, {"ignore": "|".join(plain)}, _question(zeroing, plain)]


def pprof_times(profile: Path, questions: Sequence[Question]) -> list[tuple[int, int]]:
    """(what the question leaves, the whole profile) in nanoseconds, for each question."""
    exact: Question = {"trim": False, "unit": "nanoseconds", "sample_index": "cpu"}
    with Answers(profile, [{**exact, **question} for question in questions]) as answers:
        return [_times("\n".join(lines)) for lines in answers.lines()]


def _times(text: str) -> tuple[int, int]:
    found = _HEADER.search(text)
    assert found, text
    return int(found[1]), int(found[2])


def pprof_sums(profile: Path) -> tuple[list[int], int]:
    """pprof's sum for each rule of `RULES`, and its total."""
    times = pprof_times(profile, _questions())
    *sums, left, zeroing = [time for time, _ in times]
    return [*sums, left - zeroing], times[0][1]
