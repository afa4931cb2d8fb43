"""Ctrl-C and SIGTERM in the middle of a recording: nobody is left, what is finished is kept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from gotrace.readers.manifest import read_manifest
from tests.capture.stand_in_go import module_of
from tests.capture.test_process import is_gone

RUN = """
import sys
from pathlib import Path
from gotrace.capture.module_recording import record_module
from gotrace.cli import guarded
from tests.capture.stand_in_go import request_for
sys.exit(guarded(lambda: record_module(
    request_for(Path(sys.argv[1])), Path(sys.argv[2]), lambda step: None) and None))
"""
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_whatever_ends_us_leaves_no_process_and_what_was_finished(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    module, folder = module_of(tmp_path / "m", "a"), tmp_path / "out"
    # One try, two rounds of two arms, and then the CPU profile, which hangs.
    (module / "a" / "hang").write_text("5")
    command = ["env", "--default-signal", sys.executable, "-c", RUN, str(module), str(folder)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, cwd=ROOT) as process, ExitStack() as end:
        end.callback(process.kill)
        child = wait_for(module / "a" / "child")
        os.kill(process.pid, number)
        assert process.wait(20) == code
    assert is_gone(child)
    manifest = read_manifest(folder)
    assert not manifest.is_complete
    assert {one.arm for one in manifest.recordings if one.role == "bench"} == {
        "default", "gogc-off",
    }  # fmt: skip
    assert "cpu" not in {one.role for one in manifest.recordings}
    assert not (folder / "work").exists()
    assert not (folder / "profiles" / "a" / "cpu.pb.gz").exists()


def wait_for(file: Path) -> int:
    """The process id in a file that is about to come."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if file.exists() and (text := file.read_text().strip()):
            return int(text)
        time.sleep(0.02)
    raise AssertionError(f"{file} did not come")
