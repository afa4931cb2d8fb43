"""What all tests share: golden files, and how hard hypothesis tries."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

GOLDEN = Path(__file__).parent / "golden"

# No deadline: tests assert behaviour, not the speed of a busy machine. In CI the same examples
# every time, so that a red build means a change.
settings.register_profile("dev", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


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
