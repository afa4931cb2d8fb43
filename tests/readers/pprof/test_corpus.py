"""Malformed profiles: what we say of each, and that the real pprof refuses the same ones."""

from __future__ import annotations

import pytest

from gotrace.readers.assemble import assemble
from gotrace.readers.limits import DEFAULT
from gotrace.readers.pprof.reader import read_profile
from gotrace.readers.pprof.writer import write_profile
from tests.corpus.make_pprof import FOLDER, verdict
from tests.real_pprof import pprof

FILES = sorted(FOLDER.glob("*.pb"), key=lambda path: path.stem)
ACCEPTED = [path for path in FILES if path.stem.startswith("accepted-")]
DEVIATIONS = {
    # protobuf reads the small messages, and knows field numbers from 1 on and tags of five bytes at
    # most. No writer makes others; pprof skips what it does not know.
    "protobuf-refuses-a-long-tag-in-the-header",
    "protobuf-refuses-field-number-0-in-a-mapping",
}


def test_every_file_gets_its_verdict() -> None:
    """`expected.txt` is written by `tests/corpus/make_pprof.py`, and read by people."""
    verdicts = [f"{path.stem}: {verdict(path.read_bytes())}" for path in FILES]
    expected = (FOLDER / "expected.txt").read_text(encoding="utf-8")
    assert verdicts == expected.splitlines()
    assert len(FILES) > 100


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_gotrace_refuses_what_pprof_refuses(path) -> None:
    refused_here = not verdict(path.read_bytes()).startswith("accepted")
    refused_there = pprof("-raw", path).returncode != 0
    if path.stem in DEVIATIONS:
        assert refused_here and not refused_there
    else:
        assert refused_here == refused_there


@pytest.mark.parametrize("path", ACCEPTED, ids=lambda path: path.stem)
def test_odd_profiles_survive_being_written_again(path, tmp_path) -> None:
    recording = assemble(read_profile(path.read_bytes(), DEFAULT))
    written = tmp_path / "written.pb.gz"
    written.write_bytes(write_profile(recording))
    # Locations get new ids; `-raw` shows ids.
    report = "-traces" if path.stem == "accepted-far-ids" else "-raw"
    ours, theirs = pprof(report, written).stdout, pprof(report, path).stdout
    assert "cpu" in ours
    assert ours == theirs
