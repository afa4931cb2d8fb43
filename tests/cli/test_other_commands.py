"""`convert`, `diff`, `export` and the program itself, from the outside."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import gotrace as package
from tests.cli.running import HEAP, SAMPLES, gotrace

LEAK = SAMPLES / "leak" / "go1.27"
EARLY, LATE = LEAK / "heap.early.pb.gz", LEAK / "heap.pb.gz"


def test_the_version_names_the_flavour_of_the_kernels() -> None:
    done = gotrace("--version")
    assert done.stdout.decode().strip() == f"gotrace {package.__version__} (compiled kernels)"


def test_help_shows_every_command_with_an_example() -> None:
    overview = gotrace("--help").stdout.decode()
    for command in ("report", "events", "diff", "convert", "export", "explain"):
        assert command in overview
        assert f"gotrace {command} " in gotrace(command, "--help").stdout.decode()


def test_convert_writes_tables_that_report_reads_back(tmp_path: Path) -> None:
    done = gotrace("convert", HEAP, "-o", tmp_path / "tables")
    assert done.returncode == 0, done.stderr.decode()
    assert b"samples.parquet" in done.stdout
    ours = gotrace("report", tmp_path / "tables", "--format", "csv").stdout
    assert ours == gotrace("report", HEAP, "--format", "csv").stdout
    assert ours


def test_convert_refuses_to_overwrite_without_force(tmp_path: Path) -> None:
    target = tmp_path / "tables"
    assert gotrace("convert", HEAP, "-o", target).returncode == 0
    refused = gotrace("convert", HEAP, "-o", target)
    assert refused.returncode == 2
    assert b"--force" in refused.stderr
    assert gotrace("convert", HEAP, "-o", target, "--force").returncode == 0


def test_diff_of_a_profile_with_itself_shows_no_change() -> None:
    done = gotrace("diff", HEAP, HEAP, "--format", "csv")
    assert done.returncode == 0, done.stderr.decode()
    assert len(done.stdout.splitlines()) == 1


def test_diff_shows_growth_as_positive_amounts() -> None:
    done = gotrace("diff", EARLY, LATE)
    assert done.returncode == 0, done.stderr.decode()
    backwards = gotrace("diff", LATE, EARLY)
    assert b"-" in backwards.stdout
    assert done.stdout != backwards.stdout


@pytest.mark.parametrize("meaning", ["base", "diff_base"])
def test_report_with_a_base_equals_diff(meaning: str) -> None:
    diffed = gotrace("diff", EARLY, LATE, "--as", meaning, "--format", "csv")
    reported = gotrace("report", LATE, f"-{meaning}", EARLY, "--format", "csv")
    assert diffed.stdout == reported.stdout
    assert len(diffed.stdout.splitlines()) > 1


def test_export_writes_what_report_reads_the_same(tmp_path: Path) -> None:
    target = tmp_path / "again.pb.gz"
    assert gotrace("export", HEAP, "-o", target).returncode == 0
    ours = gotrace("report", target, "-lines", "--format", "csv").stdout
    assert ours == gotrace("report", HEAP, "-lines", "--format", "csv").stdout
    assert ours


def test_export_to_a_place_that_does_not_exist_says_so(tmp_path: Path) -> None:
    done = gotrace("export", HEAP, "-o", tmp_path / "no" / "such" / "folder.pb.gz")
    assert done.returncode == 3
    assert b"cannot be written" in done.stderr


def test_a_closed_pipe_is_no_error() -> None:
    command = [sys.executable, "-P", "-m", "gotrace", "report", "-trim=false", str(HEAP)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        error = process.stderr.read()
    assert (process.returncode, error) == (0, b"")


def test_output_to_a_named_pipe_or_device_leaves_it_in_place(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE) as reader:
        assert gotrace("export", HEAP, "-o", pipe).returncode == 0
        assert reader.communicate()[0] == gotrace("export", HEAP, "-o", "-").stdout
    assert pipe.is_fifo()
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]


def test_output_to_a_link_replaces_the_file_it_points_to(tmp_path: Path) -> None:
    link, file = tmp_path / "link", tmp_path / "file"
    file.write_bytes(b"old")
    link.symlink_to(file)
    assert gotrace("export", HEAP, "-o", link).returncode == 0
    assert link.is_symlink()
    assert file.read_bytes() == gotrace("export", HEAP, "-o", "-").stdout


@pytest.mark.parametrize("format", ["terminal", "json"])
@pytest.mark.parametrize(
    ("redirection", "reason"), [(">/dev/full", b"No space left"), (">&-", b"is closed")]
)
def test_a_standard_output_that_takes_nothing_is_no_fault_of_ours(
    format: str, redirection: str, reason: bytes
) -> None:
    shell = f"exec {sys.executable} -P -m gotrace report {HEAP} --format {format} {redirection}"
    done = subprocess.run(["sh", "-c", shell], stderr=subprocess.PIPE, check=False)
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1
    assert reason in done.stderr
