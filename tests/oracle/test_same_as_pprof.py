"""Our top table and that of the real pprof, line by line, over every shipped profile."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any

import pytest

from gotrace.analyses.top import top
from gotrace.analyses.top_options import GRANULARITIES, TopOptions
from gotrace.analyses.top_text import format_top
from gotrace.readers.profile import read_profile
from gotrace.tables.merging import subtract
from gotrace.tables.recording import Recording
from tests.oracle.pprof_shell import Answers, Setting
from tests.oracle.random_profiles import random_profile, random_question
from tests.oracle.same_rows import differences
from tests.real_pprof import pprof

SAMPLES = Path(__file__).parents[2] / "sample_traces"
PROFILES = sorted(SAMPLES.rglob("*.pb.gz"))
NEWEST = [path for path in PROFILES if "go1.27" in path.parts]
OTHERS = [path for path in PROFILES if path not in NEWEST]
HEAPS = sorted(SAMPLES.glob("*/go1.27/heap.pb.gz"))

Question = Mapping[str, Setting]

EVERYWHERE: list[Question] = [
    {},
    {"sort": "cum", "noinlines": True, "nodecount": 12},
    {"trim": False, "edgefraction": 0.1},
    {"nodefraction": 0.03, "edgefraction": 0.05, "unit": "kb", "divide_by": 3.0},
    {"focus": "main|json|http", "relative_percentages": True},
    {"ignore": "runtime", "unit": "bytes"},
    {"hide": r"^runtime\.|net/", "nodecount": 7},
    {"show": "main|catalog|lru", "unit": "nanoseconds"},
    {"show_from": "main", "prune_from": "json|lru", "compact_labels": True},
    {"tagfocus": "bytes=64b:2kb", "sort": "cum"},
    {"tagignore": "1kb:", "unit": "count"},
    {"mean": True, "drop_negative": True},
]
"""Asked of every profile: see `crossed` and `paired`."""

ONCE: list[Question] = [
    {"sample_index": "0", "nodefraction": 0.0},
    {"sample_index": "inuse_objects"},
    {"focus": "nowhere at all"},
    {"focus": "(?i)MAIN", "ignore": r"\bgo(exit|park)\b", "hide": r"[[:digit:]]", "show": "^[^_]"},
    {"focus": r"\.go$", "hide": r"service$|\Qmain.(*\E"},
    {"show_from": "service|cache|batch|leak", "noinlines": True},
    {"prune_from": "^main", "granularity": "lines"},
    {"tagfocus": "bytes", "tagshow": "bytes"},
    {"tagfocus": "16b:512b", "tagignore": "bytes=64"},
    {"taghide": "bytes", "tagshow": "nothing", "unit": "gb"},
    {"tagroot": "bytes", "unit": "bytes"},
    {"tagleaf": "none,bytes", "tagroot": "bytes,none", "focus": "512", "unit": "bytes"},
    {"trim_path": "runtime:/usr/local", "granularity": "filefunctions"},
    {"source_path": "/home/me/runtime:/x/json", "granularity": "files"},
    {"showcolumns": True, "granularity": "lines", "noinlines": True},
    {"divide_by": -2.0, "unit": "auto"},
    {"divide_by": 0.001, "unit": "seconds"},
    {"unit": "weeks", "nodecount": 3},
    {"focus": "a" * 90, "mean": True},
]
"""Asked once of every heap profile of the newest Go version."""


def crossed(recording: Recording) -> Iterator[Question]:
    """EVERYWHERE for every sample type and granularity."""
    for name in dict.fromkeys(name for name, _ in recording.sample_types):
        for granularity in GRANULARITIES:
            for question in EVERYWHERE:
                yield {"sample_index": name, "granularity": granularity, **question}


def paired(recording: Recording, turn: int) -> Iterator[Question]:
    """EVERYWHERE for every sample type, the granularities by turns: `turn` is the first.

    So every question meets every sample type, and every granularity meets both, in this profile
    or in the next one.
    """
    for row, name in enumerate(dict.fromkeys(name for name, _ in recording.sample_types)):
        for column, question in enumerate(EVERYWHERE):
            granularity = GRANULARITIES[(turn + row + column) % len(GRANULARITIES)]
            yield {"sample_index": name, "granularity": granularity, **question}


def compare(
    recording: Recording, path: Path, questions: Sequence[Question], flags: Sequence[str] = ()
) -> list[str]:
    """What differs between our answers and those of pprof on the file."""
    wrong = []
    with Answers(path, questions, flags) as answers:
        tables = [top(recording, TopOptions(**dict[str, Any](q))) for q in questions]
        ours = [format_top(table, go_names=True) for table in tables]
        theirs = answers.lines()
    for question, our, their in zip(questions, ours, theirs, strict=True):
        # Rows are ordered by the sums that a mean divides: ties of these are not seen in what is
        # printed, and pprof's own order of them changes from run to run.
        if question.get("mean") and sorted(our) == sorted(their):
            continue
        cuts_tie = our != their and bound_lies_in_a_tie(recording, question)
        if found := differences(our, their, str(question.get("sort", "flat")), cuts_tie):
            wrong.append("\n".join([str(question), *found[:5]]))
    return wrong


def bound_lies_in_a_tie(recording: Recording, question: Question) -> bool:
    """Whether the last row inside the bound and the first one outside are a tie to pprof."""
    count = int(question.get("nodecount", 0))
    unbounded = TopOptions(**dict[str, Any](question) | {"nodecount": 0})
    rows = top(recording, unbounded).rows[count - 1 : count + 1] if count else ()
    return len({row.name for row in rows}) == 1 and len(rows) == 2


@pytest.mark.parametrize("path", NEWEST, ids=lambda path: str(path.relative_to(SAMPLES)))
def test_every_table_is_the_same(path: Path) -> None:
    recording = read_profile(str(path))
    questions = list(crossed(recording))
    assert len(questions) >= len(GRANULARITIES) * len(EVERYWHERE)
    assert compare(recording, path, questions) == []


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: str(path.relative_to(SAMPLES)))
def test_tables_of_the_other_profiles_are_the_same_too(path: Path) -> None:
    recording = read_profile(str(path))
    questions = list(paired(recording, OTHERS.index(path)))
    assert len(questions) >= len(EVERYWHERE)
    assert compare(recording, path, questions) == []


def test_in_two_profiles_by_turns_every_two_settings_meet() -> None:
    path = SAMPLES / "service/go1.27/heap.pb.gz"
    recording = read_profile(str(path))
    full = list(crossed(recording))
    turns = [*paired(recording, 0), *paired(recording, 1)]
    assert len(full) / len(turns) > 2

    def met(questions: list[Question]) -> set[str]:
        parts = [
            (str(q["sample_index"]), str(q["granularity"]), str(dict(list(q.items())[2:])))
            for q in questions
        ]
        return {str(pair) for part in parts for pair in combinations(part, 2)}

    assert met(turns) == met(full)


@pytest.mark.parametrize("path", HEAPS, ids=lambda path: path.parts[-3])
def test_rare_flags_give_the_same_table(path: Path) -> None:
    assert compare(read_profile(str(path)), path, ONCE) == []


@pytest.mark.parametrize(
    ("flag", "options"),
    [
        ("-base", {}),
        ("-diff_base", {"label_base": True}),
        ("-normalize", {"normalize": True}),
    ],
)
def test_differences_of_two_profiles_are_the_same(flag: str, options: dict[str, bool]) -> None:
    base, head = SAMPLES / "leak/go1.27/heap.early.pb.gz", SAMPLES / "leak/go1.27/heap.pb.gz"
    merged = subtract(read_profile(str(head)), read_profile(str(base)), **options)
    questions = [*crossed(merged), {"drop_negative": True, "sort": "cum"}, {"taghide": "pprof"}]
    flags = [f"-base={base}", "-normalize"] if flag == "-normalize" else [f"{flag}={base}"]
    assert compare(merged, head, questions, flags) == []


@pytest.mark.parametrize("seed", range(60))
def test_random_profiles_give_the_same_tables(seed: int, tmp_path: Path) -> None:
    numbers, path = Random(seed), tmp_path / "random.pb"
    profile = random_profile(numbers)
    path.write_bytes(profile.SerializeToString())
    questions = [random_question(numbers, profile) for _ in range(25)]
    assert compare(read_profile(str(path)), path, questions) == []


def test_the_same_filters_are_reported_to_match_nothing() -> None:
    path = SAMPLES / "service/go1.27/heap.pb.gz"
    nothing = "matches nothing"
    names = ["focus", "ignore", "hide", "show", "show_from"]
    names += ["tagfocus", "tagignore", "tagshow", "taghide", "tagroot", "tagleaf"]
    for name in names:
        done = pprof("-top", f"-{name}={nothing}", path)
        table = top(read_profile(str(path)), TopOptions(**{name: nothing}))
        expected = re.findall(r"^(\w+ expression matched no samples)$", done.stderr, re.M)
        assert [note.message for note in table.notes] == expected
        assert format_top(table, go_names=True) == done.stdout.splitlines()


@pytest.mark.parametrize("path", HEAPS, ids=lambda path: path.parts[-3])
def test_our_own_unit_names_are_the_only_difference(path: Path) -> None:
    for name in ("alloc_space", "inuse_space", "inuse_objects"):
        table = top(read_profile(str(path)), TopOptions(sample_index=name))
        ours = [" ".join(line.split()) for line in format_top(table)]
        theirs = [" ".join(line.split()) for line in format_top(table, go_names=True)]
        renamed = [re.sub(r"(\d)([KMG])iB\b", _go_name, line) for line in ours]
        assert renamed == theirs
        assert any("iB" in line for line in ours) == name.endswith("space")


def _go_name(match: re.Match[str]) -> str:
    prefix = "k" if match[2] == "K" else match[2]
    return f"{match[1]}{prefix}B"


def test_every_character_of_the_command_line_mode_is_the_same() -> None:
    path = SAMPLES / "service/go1.27/cpu.pb.gz"
    done = pprof("-top", "-lines", "-nodecount=30", path)
    table = top(read_profile(str(path)), TopOptions(granularity="lines", nodecount=30))
    assert "\n".join([*format_top(table, go_names=True), ""]) == done.stdout
