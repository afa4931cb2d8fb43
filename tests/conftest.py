"""What all tests share: golden files, how hard hypothesis tries, and who runs what next."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

GOLDEN = Path(__file__).parent / "golden"

# No deadline: tests assert behaviour, not the speed of a busy machine. In CI the same examples
# every time, so that a red build means a change.
settings.register_profile("dev", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


LONG = ("wrestling", "fidelity", "budgets", "capture")
"""Folders whose tests build and run Go programs: half a minute each."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long tests first: at the end, those that are left must be short enough to share."""
    items.sort(key=lambda item: not set(LONG) & set(item.path.parts))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Every worker gets a row of neighbours, which share fixtures, and takes of others' when done.

    What `--dist worksteal` says; there it would have to be said with every `-n`.
    """
    # There is no pytest-xdist where nobody asks for it.
    from xdist.scheduler import WorkStealingScheduling  # type: ignore[import-untyped] # noqa: PLC0415

    return WorkStealingScheduling(config, log)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="Rewrite tests/golden from what gotrace prints now; read the diff before committing.",
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """`golden("gotrace.report.heap.txt", text)`: compare `text` with that file in tests/golden.

    A file is named after the command whose output it is.
    """

    def check(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.write_bytes(text.encode("utf-8"))
        expected = path.read_bytes().decode("utf-8") if path.exists() else ""
        assert text == expected, f"tests/golden/{name} differs; `make golden` rewrites it"

    return check
