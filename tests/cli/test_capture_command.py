"""`gotrace capture`, from a real Go service and on a service that hangs when we are ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gotrace import pipeline
from gotrace.readers.manifest import read_manifest
from tests.budgets.measuring import NEWEST
from tests.capture.pprof_server import serving
from tests.cli.running import ROOT, gotrace

SERVED = ROOT / "tests" / "capture" / "served"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[str]:
    """The address of the sample shop's handlers."""
    binary = tmp_path / "served"
    environment = os.environ | {"GOTOOLCHAIN": "local", "GOFLAGS": "", "GOPROXY": "off"}
    subprocess.run([NEWEST.go, "build", "-o", binary, "."], cwd=SERVED, env=environment, check=True)
    with subprocess.Popen([binary], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield process.stdout.readline().decode().strip()
        process.kill()


def test_a_running_service_is_recorded_whole(shop: str, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    done = gotrace("capture", shop, "-o", folder, "--seconds", "1")
    assert done.returncode == 0, done.stderr.decode()
    files = [Path(line.split("\t")[0]).name for line in done.stdout.decode().splitlines()]
    assert sorted(files) == sorted(
        [f"{name}.pb.gz" for name in ("cpu", "heap", "allocs", "goroutine", "mutex", "block")]
        + ["trace.out"]
    )
    assert b"gotrace wrestle --from" in done.stderr
    manifest = read_manifest(folder)
    assert (manifest.address, manifest.is_complete) == (shop, True)
    allocs = pipeline.read(folder / "profiles" / "service" / "allocs.pb.gz")
    names = allocs.columns["functions"]["name"]
    assert any("samples/shop." in str(names[row]) for row in range(len(names)))
    assert pipeline.peek(str(folder / "traces" / "service" / "trace.out"))[0].is_trace


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    done = gotrace("capture", "http://127.0.0.1:9", "-o", tmp_path)
    assert (done.returncode, b"with something in it" in done.stderr) == (2, True)


def test_nobody_at_the_address_is_one_line(tmp_path: Path) -> None:
    done = gotrace("capture", "http://127.0.0.1:1", "-o", tmp_path / "out")
    assert done.returncode == 3
    assert done.stderr.decode().count("\n") == 1
    assert b"Connection refused" in done.stderr


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_what_came_before_we_are_ended_is_kept(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    folder = tmp_path / "out"
    with serving() as server:
        server.pages["trace"] = lambda _, is_over: (is_over.wait(60), None)[1]
        command = ["env", "--default-signal", sys.executable, "-P", "-m", "gotrace", "capture"]
        command += [server.address, "-o", str(folder), "--seconds", "1"]
        with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE) as process:
            deadline = time.monotonic() + 30
            while len(list(folder.rglob("*.pb.gz"))) < 6 and time.monotonic() < deadline:
                time.sleep(0.05)
            time.sleep(0.3)
            process.send_signal(number)
            assert process.wait(20) == code
    manifest = read_manifest(folder)
    assert {one.role for one in manifest.recordings} >= {"heap", "cpu"}
    assert not manifest.is_complete
    assert not list(folder.rglob("*.partial"))
