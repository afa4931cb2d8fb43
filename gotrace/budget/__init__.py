"""Memory budgets from Python: what `gotrace budget` does, as functions.

::

    from gotrace import budget

    checked = budget.check(["bench.txt", "heap.pprof"], budgets="gotrace.toml")
    checked.is_failure
    budget.assert_within("bench.txt")   # in tests that drive Go binaries from Python
"""

from __future__ import annotations

from gotrace.budget.asserting import assert_within
from gotrace.budget.blessing import bless
from gotrace.budget.checking import check
from gotrace.budget.proposing import propose
from gotrace.budget.selftesting import selftest

__all__ = ["assert_within", "bless", "check", "propose", "selftest"]
