"""Ask every installed toolchain again: `python -m tests.model.pacer.oracle.again`.

Builds the runtime's own test with nothing in it but the oracle and the test of the pacer (a minute
each), and compares what its pacer makes of random states with answers.txt and with the model, and
every cycle of its scenarios with ours. With `--write`, the newest toolchain's answers replace
answers.txt and scenarios.txt; `--states N` says how many states are played.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import tempfile
from pathlib import Path

from gotrace.model.versions import resolve
from tests.goroots import GOROOTS
from tests.model.pacer.scenarios import LIMITED, WORLDS
from tests.model.pacer.simulation import simulate
from tests.model.pacer.states import answers, lines
from tests.model.scavenger_oracle.again import asked, oracle

__all__ = ["ANSWERS", "SCENARIOS", "main", "played"]

FOLDER = Path(__file__).parent

ANSWERS = FOLDER / "answers.txt"
"""Lines `state = answer` of the runtime itself: the same from go1.21 to go1.27."""

SCENARIOS = FOLDER / "scenarios.txt"
"""Some cycles of the scenarios as the runtime's own test of its pacer played them, as `played`."""

_KEPT_STATES = 200
_KEPT_CYCLES = {1, 2, 3, 12, 13, 25, 26, 50, 51, 52, 75, 100}
_NAMES = {
    "Steady": "steady",
    "SteadyBigStacks": "big stacks",
    "SteadyBigGlobals": "big globals",
    "StepAlloc": "allocation steps up",
    "HeavyStepAlloc": "allocation leaps up",
    "StepScannableFrac": "scannable part jumps",
    "OscAlloc": "allocation swings",
    "SmallHeapSlowAlloc": "small slow heap",
    "MediumHeapSlowAlloc": "medium slow heap",
    "LargeHeapSlowAlloc": "large slow heap",
    "SteadyMemoryLimit": "limit far off",
    "SteadyMemoryLimitNoGCPercent": "limit far off, no GOGC",
    "ExceedMemoryLimit": "over the limit",
    "ExceedMemoryLimitNoGCPercent": "over the limit, no GOGC",
    "MaintainMemoryLimit": "at the limit",
    "MaintainMemoryLimitNoGCPercent": "at the limit, no GOGC",
}
"""The runtime's name of a scenario → ours; those with random numbers cannot be compared."""
_TEST = re.compile(r"=== +\w+ +TestGcPacer/(\w+)")
_CYCLE = re.compile(r"GC (\d+) ([\d.]+)% (\d+)->(\d+)->(\d+) \(goal: (\d+)\)")


def played(version: str) -> list[str]:
    """Each cycle of each scenario on the model.

    A line is `scenario: cycle, % of the CPU, live, at the start, at the end, goal`.
    """
    told = []
    for name in _NAMES.values():
        for number, cycle in enumerate(simulate(resolve(version), {**WORLDS, **LIMITED}[name]), 1):
            sizes = cycle.live_bytes, cycle.trigger_bytes, cycle.peak_bytes, cycle.goal_bytes
            numbers = number, f"{cycle.utilisation * 100:.1f}", *sizes
            told.append(f"{name}: {', '.join(map(str, numbers))}")
    return told


def _played_by_go(built: Path) -> list[str]:
    """The same by the runtime's own test."""
    command = [str(built), "-test.run=TestGcPacer$", "-test.v"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    told: dict[str, list[str]] = {name: [] for name in _NAMES}
    current = ""
    for line in done.stdout.splitlines():
        if found := _TEST.match(line):
            current = found[1]
        elif (found := _CYCLE.search(line)) and current in told:
            told[current].append(f"{_NAMES[current]}: {', '.join(found.groups())}")
    return [line for name in _NAMES for line in told[name]]


def _is_kept(line: str) -> bool:
    return int(line.partition(": ")[2].split(", ")[0]) in _KEPT_CYCLES


def main() -> None:
    """Ask and compare."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--states", type=int, default=20_000)
    wanted = parser.parse_args()
    states = lines(2, wanted.states)
    with tempfile.TemporaryDirectory() as folder:
        for root in sorted(GOROOTS, key=lambda root: root.version, reverse=True):
            built = oracle(root, Path(folder), FOLDER, ("mgcpacer_test.go",))
            cycles = _played_by_go(built)
            if wanted.write:
                ANSWERS.write_text("\n".join(asked(built, lines(1, _KEPT_STATES))) + "\n")
                SCENARIOS.write_text("\n".join(filter(_is_kept, cycles)) + "\n")
                wanted.write = False
            known = ANSWERS.read_text().splitlines()
            kept = [line.split(" = ")[0] for line in known]
            print(root.version, "agrees" if asked(built, kept) == known else "DIFFERS")
            pairs = zip(asked(built, states), answers(states, root.version), strict=True)
            bad = sum(said != modelled for said, modelled in pairs)
            print(root.version, f"{bad} of {len(states)} states differ")
            both = list(zip(cycles, played(str(root.version)), strict=True))
            bad = sum(said != modelled for said, modelled in both)
            print(root.version, f"{bad} of {len(both)} cycles differ", flush=True)
            built.unlink()


if __name__ == "__main__":
    main()
