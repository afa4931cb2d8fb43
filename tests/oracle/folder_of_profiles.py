"""Reads every file below a folder as a profile, beside a real pprof; prints where they disagree.

For profiles of public projects, which are not ours to ship::

    python tests/oracle/folder_of_profiles.py FOLDER --pprof PPROF

`PPROF` is a pprof binary (`go build -o pprof cmd/pprof`). Each file ends in one of: both read it
(and the totals of all sample types are equal), both refuse it, only one of them reads it. Exits
with 1 when totals differ or anything but an InputError escaped.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from gotrace.errors import InputError
from gotrace.readers.profile import read_profile


def main() -> int:
    """Compare all files below the folder and print one line for each that is not plain."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pprof", required=True)
    arguments = parser.parse_args()
    counts: Counter[str] = Counter()
    for path in sorted(p for p in arguments.folder.rglob("*") if p.is_file()):
        verdict, detail = compare(path, arguments.pprof)
        counts[verdict] += 1
        if detail:
            print(f"{verdict}: {path.relative_to(arguments.folder)}: {detail}")
    print(", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items())))
    return 1 if counts["DIFFERENT"] or counts["ESCAPED"] else 0


def compare(path: Path, pprof: str) -> tuple[str, str]:
    """(verdict, detail) for one file; an empty detail is nothing to tell."""
    theirs = totals_of_pprof(path, pprof)
    started = time.perf_counter()
    try:
        ours = totals_of_ours(path)
    except InputError as error:
        reason = str(error).removeprefix(f"{path}: ")
        return ("refused by both", "") if theirs is None else ("only pprof reads it", reason)
    except Exception as error:  # noqa: BLE001 - what this script is looking for
        return "ESCAPED", f"{type(error).__name__}: {error}"
    seconds = time.perf_counter() - started
    if theirs is None:
        return "only we read it", ""
    if ours != theirs:
        return "DIFFERENT", f"{ours} here, {theirs} there"
    return "the same", f"took {seconds:.1f} s" if seconds > 2 else ""


def totals_of_ours(path: Path) -> list[tuple[str, int]]:
    """(sample type/unit, sum over all samples)."""
    recording = read_profile(str(path))
    names = [f"{name}/{unit}" for name, unit in recording.sample_types]
    return [(name, int(recording.values(row).sum())) for row, name in enumerate(names)]


def totals_of_pprof(path: Path, pprof: str) -> list[tuple[str, int]] | None:
    """The same from `pprof -raw`; None when pprof refuses the file."""
    command = [pprof, "-raw", "-symbolize=none", str(path)]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode != 0:
        return None
    lines = iter(done.stdout.decode("utf-8", "replace").splitlines())
    for line in lines:
        if line.startswith("Samples:"):
            break
    names = [name.removesuffix("[dflt]") for name in next(lines, "").split()]
    sums = [0] * len(names)
    for line in lines:
        if line.startswith("Locations"):
            break
        values = re.match(r"\s*((?:-?[0-9]+\s+)*-?[0-9]+):", line)
        if values:
            for row, value in enumerate(values[1].split()):
                sums[row] += int(value)
    return list(zip(names, sums, strict=True))


if __name__ == "__main__":
    sys.exit(main())
