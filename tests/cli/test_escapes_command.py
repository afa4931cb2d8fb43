"""`gotrace report` of what the compiler says: a file, a folder, standard input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import gotrace as library
from gotrace.errors import UsageError
from gotrace.pipeline import encode
from gotrace.readers.peek import peek
from gotrace.readers.recognise import Format, identify
from tests.cli.running import HEAP, gotrace
from tests.readers.escapes.test_json import HEADER, LINES, written
from tests.readers.escapes.test_text import NEW


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "escapes.txt"
    path.write_text(NEW, encoding="utf-8")
    return path


def test_report_tells_what_is_on_the_heap_and_why(text: Path) -> None:
    run = gotrace("report", text)
    page = " ".join(run.stdout.decode().split())
    assert run.returncode == 0, run.stderr.decode()
    assert "on the heap 1" in page
    assert "moved_to_heap 1 a variable that is allocated on the heap" in page
    assert "./a.go:4 the address of variable `x` is returned (`return &x`) at a.go:5" in page


def test_report_takes_standard_input_and_folders(text: Path, tmp_path: Path) -> None:
    piped = gotrace("report", "-", "--format", "json", stdin=text.read_bytes())
    assert json.loads(piped.stdout)["recording_kind"] == "escapes"
    written(tmp_path / "json", HEADER, *LINES)
    folder = gotrace("report", tmp_path / "json", "--format", "csv", "--table", "escape_kinds")
    assert folder.stdout.decode().splitlines()[1].startswith("escapes_to_heap,1,")


def test_a_converted_folder_is_reported_the_same(text: Path, tmp_path: Path) -> None:
    made = gotrace("convert", text, "-o", tmp_path / "tables")
    assert made.returncode == 0, made.stderr.decode()
    pages = [gotrace("report", source, "--format", "markdown").stdout.decode()
             for source in (text, tmp_path / "tables")]  # fmt: skip
    told = [[line for line in page.splitlines() if "| file |" not in line] for page in pages]
    assert told[0] == told[1] != []


def test_flags_and_bases_that_do_not_fit_are_refused(text: Path) -> None:
    assert gotrace("report", "-lines", text).returncode == 2
    recording = library.read(text)
    for sources in ((text, text), (text, HEAP)):
        with pytest.raises(UsageError, match="alone"):
            library.read(*sources)
    with pytest.raises(UsageError, match="subtracts"):
        library.compare(recording, base=[str(HEAP)])
    with pytest.raises(UsageError, match="no profile"):
        encode(recording)


def test_the_library_reads_it_too(text: Path, tmp_path: Path) -> None:
    recording = library.read(text)
    assert recording.kind == "escapes"
    assert list(recording.to_pandas()["escapes"]["kind"])[1] == "moved_to_heap"
    assert library.read(written(tmp_path, HEADER, *LINES)).kind == "escapes"
    assert library.read(str(tmp_path)).kind == "escapes"
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(UsageError, match="wrestle --from"):
        library.read(str(tmp_path))


def test_it_is_told_by_its_content(text: Path, tmp_path: Path) -> None:
    assert identify(NEW.encode()) is Format.ESCAPES
    assert identify(b"# pkg\nwarning\n" + NEW.encode()) is Format.ESCAPES
    assert peek(str(text)).is_escapes
    assert peek(str(written(tmp_path, HEADER, *LINES))).is_escapes
    assert identify(b'{"version": 3, "a": "b"}') is Format.JSON
    assert identify(b"main.go:3: a line that does not escapes\n") is Format.TEXT
    assert identify(b"goos: linux\n" + NEW.encode()) is Format.BENCHMARK
