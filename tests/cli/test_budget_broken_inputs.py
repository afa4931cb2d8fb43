"""`gotrace budget check` never exits with 0 for a broken input, whatever the budget forgives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gotrace import budget
from gotrace.cli import main

SAMPLES = Path(__file__).parents[2] / "sample_traces/batch/go1.27"
EASY = 'cannot_tell = "pass"\nmode = "advise"\n'
BENCH = '[budget.b]\nmetric = "allocs/op"\nbenchmark = "^BenchmarkEncode$"\n'
ABSOLUTE, RELATIVE = BENCH + "max = 12\n", BENCH + 'max_increase = "5%"\n'
HEAP = '[budget.h]\nmetric = "inuse_space"\nmax = "1 GiB"\n'
LINE = "BenchmarkEncode-8 1000 12 allocs/op\n"
FAILED = "# codec\n./codec.go:3:2: undefined: x\nFAIL\tcodec [build failed]\n"
HALF = (SAMPLES / "heap.pb.gz").read_bytes()[:5000]

BROKEN = {
    "nothing at all": (HEAP + EASY, b"", 3),
    "empty profile": (HEAP + EASY, b"heap profile: 0: 0 [0: 0] @ heap/1048576\n", 1),
    "truncated": (HEAP + EASY, HALF, 3),
    "wrong kind": (HEAP + EASY, (SAMPLES / "cpu.pb.gz").read_bytes(), 3),
    "kind of another budget": (HEAP + EASY, LINE.encode(), 1),
    "failed to compile": (ABSOLUTE + EASY, (LINE + FAILED).encode(), 3),
    "no benchmark": (ABSOLUTE + EASY, b"PASS\nok  \tcodec\t0.1s\n", 3),
    "no benchmark matched": (ABSOLUTE + EASY, b"BenchmarkDecode-8 1 1 allocs/op\n", 1),
    "NaN": (ABSOLUTE + EASY, LINE.replace("12", "NaN").encode(), 1),
    "renamed benchmark": (RELATIVE + EASY, LINE.replace("Encode", "Encode2").encode(), 1),
    "missing baseline": (RELATIVE, LINE.encode(), 1),
}
"""What is wrong → budgets, content, exit code."""


Check = Callable[[str, bytes], tuple[int, str]]


@pytest.fixture
def check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Check:
    """Run `gotrace budget check` on a file; its exit code and all that it printed."""

    def run(budgets: str, content: bytes) -> tuple[int, str]:
        (tmp_path / "gotrace.toml").write_text(budgets)
        (tmp_path / "input").write_bytes(content)
        files = [str(tmp_path / "input"), "--budgets", str(tmp_path / "gotrace.toml")]
        monkeypatch.setattr("sys.argv", ["gotrace", "budget", "check", *files])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out + printed.err

    return run


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_input_does_not_pass(check: Check, name: str) -> None:
    budgets, content, expected = BROKEN[name]
    code, printed = check(budgets, content)
    assert code == expected
    assert "Traceback" not in printed
    if expected == 1:
        assert "cannot tell" in printed


@pytest.mark.parametrize("damage", ["NaN", "<<<<<<<", ""])
def test_a_corrupt_baseline_does_not_pass(check: Check, tmp_path: Path, damage: str) -> None:
    assert check(RELATIVE, LINE.encode())[0] == 1
    (blessed,) = budget.bless([tmp_path / "input"], tmp_path / "gotrace.toml")
    assert check(RELATIVE, LINE.encode())[0] == 0
    whole = blessed.path.read_text()
    blessed.path.write_text(whole.replace("12", "NaN") if damage == "NaN" else damage)
    code, printed = check(RELATIVE + EASY, LINE.encode())
    assert code == 3
    assert "is no baseline" in printed
