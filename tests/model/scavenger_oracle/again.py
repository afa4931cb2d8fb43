"""Ask every installed toolchain again: `python -m tests.model.scavenger_oracle.again`.

Builds the runtime's own test with nothing in it but the oracle (a minute each), and compares its
answers with answers.txt. With `--write`, the newest toolchain's answers to new random steps replace
that file; with `--seeds N`, N more random programs are played on the model and on the runtime.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import tempfile
from pathlib import Path

from tests.goroots import GOROOTS, GoRoot
from tests.model.test_page_scavenger import ANSWERS, answers

__all__ = ["main"]

FOLDER = Path(__file__).parent

SEED = 18
"""Of the first seeds, one in which a new cursor outlives a search that found nothing."""


def steps(seed: int) -> list[str]:
    """A random program: cycles of allocation, a mark, frees, scavenging."""
    chance = random.Random(seed)
    made: list[str] = []
    live = 0
    for _ in range(14):
        for _ in range(chance.choice((10, 25, 40))):
            low, high = chance.choice(((1, 15), (1, 15), (1, 15), (16, 120), (200, 900)))
            made.append(f"alloc {chance.randint(low, high)} {chance.randrange(3)}")
            live += 1
        if chance.random() < 0.5:
            made.append(f"flush {chance.randrange(3)}")
        made.append("mark")
        for _ in range(int(live * chance.choice((0.1, 0.3, 0.6)))):
            made.append(f"free {chance.randrange(live)}")
            live -= 1
        for _ in range(chance.randint(1, 4)):
            made.append(f"background {chance.choice((8, 8, 1, 40, 300, 5000))}")
        if chance.random() < 0.4:
            made.append(f"forced {chance.choice((1, 8, 100))}")
        made.append(f"alloc {chance.randint(1, 300)} 0")
        made.append(f"background {chance.choice((8, 5000))}")
        made.append("checksum")
        live += 1
    return [*made, "forced 1000000", "checksum"]


def oracle(root: GoRoot, folder: Path, sources: Path = FOLDER, kept: tuple[str, ...] = ()) -> Path:
    """The runtime's test, nothing in it but the oracle and `kept`. Raises CalledProcessError."""
    runtime = root.path / "src" / "runtime"
    others = [path for path in runtime.glob("*_test.go") if not path.name.startswith("export_")]
    replaced = {str(path): "" for path in others if path.name not in kept}
    for name in ("reach", "oracle"):
        replaced[str(runtime / f"gotrace_{name}_test.go")] = str(sources / f"{name}.go")
    overlay = folder / "overlay.json"
    overlay.write_text(json.dumps({"Replace": replaced}))
    made = folder / f"oracle-{root.version}"
    command: list[str | Path] = [
        root.go,
        "test",
        "-c",
        "-vet=off",
        f"-overlay={overlay}",
        "-o",
        made,
        "runtime",
    ]
    environment = {**os.environ, "GOROOT": str(root.path), "GOTOOLCHAIN": "local", "GOFLAGS": ""}
    subprocess.run(command, cwd=runtime, env=environment, check=True)
    return made


def asked(oracle: Path, program: list[str]) -> list[str]:
    """What the runtime answers."""
    done = subprocess.run(
        [oracle, "-test.run=TestOracle"],
        input="\n".join(program),
        capture_output=True,
        text=True,
        check=True,
    )
    return [line for line in done.stdout.splitlines() if " = " in line]


def main() -> None:
    """Ask and compare."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--seeds", type=int, default=0)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for root in sorted(GOROOTS, key=lambda root: root.version, reverse=True):
            built = oracle(root, Path(folder))
            if wanted.write:
                ANSWERS.write_text("\n".join(asked(built, steps(SEED))) + "\n")
                wanted.write = False
            known = ANSWERS.read_text().splitlines()
            program = [line.split(" = ")[0] for line in known]
            print(root.version, "agrees" if asked(built, program) == known else "DIFFERS")
            programs = [steps(seed) for seed in range(wanted.seeds)]
            bad = sum(asked(built, program) != answers(program) for program in programs)
            count = sum(map(len, programs))
            print(root.version, f"{bad} of {len(programs)} programs differ ({count} steps)")


if __name__ == "__main__":
    main()
