"""`selftest`: can every gate fail? Each is checked against copies of its own input, made worse.

A gate that cannot fail is worse than none. Three copies are tried: one whose values are far past
the limit (it must be over), one just past it (over, or too uncertain to tell), and one that is
empty (which must not pass). What is changed are the tables as they were read, so that all that
follows, scope, repeats, noise and limits, is that of a real check.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from gotrace.analyses.budget.proof import prove
from gotrace.analyses.budget.verdicts import measured
from gotrace.budget.baselines import before
from gotrace.budget.checking import ask, measures_of
from gotrace.pipeline import Peeked
from gotrace.readers.limits import DEFAULT, Limits
from gotrace.tables.budget import Mode, Proof

__all__ = ["selftest"]


def selftest(
    files: Sequence[str | Path | Peeked],
    budgets: str | Path = "gotrace.toml",
    baseline: str | Path | None = None,
    *,
    only: Collection[str] = (),
    conditions: Mapping[str, str] | None = None,
    limits: Limits = DEFAULT,
) -> tuple[Proof, ...]:
    """A proof for every gate (budgets that only advise cannot fail, and have none).

    The build should fail unless all are proved. Raises what `check` raises.
    """
    question = ask(files, budgets, baseline, only, conditions, limits)
    gates = [budget for budget in question.budgets if budget.mode is Mode.GATE]
    evidence = question.taken.evidence
    found = [measured(budget, evidence) for budget in question.budgets]
    known = before(question.baseline, measures_of(found))
    return tuple(prove(budget, evidence, known) for budget in gates)
