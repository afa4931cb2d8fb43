"""Profiles and questions at random, made of what is hard: for comparing with the real pprof.

Names that pprof rewrites, paths it cleans, units it does and does not know, labels of every kind,
values at the edge of 64 bits, recursion, inlined calls, addresses without names.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from gotrace.analyses.top_options import GRANULARITIES
from gotrace.readers.pprof.profile_pb2 import Profile
from tests.oracle.pprof_shell import Setting

__all__ = ["random_profile", "random_question"]

NAMES = [
    *("main.main", "main.f", "runtime.mallocgc", "a", "b", "", "main.(*T).Get", "main.Map[...]"),
    *(
        "main.(*L[...]).Push",
        "std::vector<int>::push",
        "(anonymous namespace)::x(int)",
        "f(a(b)c)[d]",
    ),
    *("operator()(y)", ".ppc", "pkg.F.func1", "java.<init>", "x::y(<z>)", "slices.Sort[go.int](q)"),
    *("((", "a]b"),
]
FILES = [
    "",
    "/a/b.go",
    "/proc/self/cwd/x.go",
    "a//b/../c.go",
    "/usr/lib/z.go",
    "//x",
    "..",
    "/../k",
]
PROGRAMS = ["", "/bin/app", "/lib/libc.so", "[vdso]", "app/", "/"]
TYPES = ["samples", "cpu", "space", "objects", "alloc_space", "inuse_space", "delay"]
UNITS = ["count", "bytes", "nanoseconds", "kb", "", "MB", "seconds", "gcu", "things", "ms"]
KEYS = ["bytes", "request", "k", "alignment", "pprof::base", "wait", ""]
TEXTS = ["true", "x", "a=b", "", "1kb", "/u"]
DROPS = ["a|b", r"main\..*", "runtime.*", "(", "std::.*|operator.*", "x?"]
PATTERNS = ["main", "a|b", ".go$", "^$", "app", "x::", "[(]", "Get", "zz", "(?i)MAIN", "k$"]
TAG_FILTERS = [
    *("1kb:", ":5", "16", "0:600", "bytes=1b:1mb", "k=x", "true", "pprof::base", "x,true", "k:"),
    *("=x", "wait=1ms:", "a=b=c", "1kb:1ms", "-3", "/u,k", "512b:4kb", "1:2:3", "5x"),
]
EDGES = [-(1 << 63), (1 << 63) - 1, 1 << 62, -(1 << 62), 1 << 53, (1 << 53) + 1]


def random_profile(numbers: Random) -> Profile:
    """A valid profile of a few samples."""
    profile, strings = Profile(), [""]

    def one_of(choices: list[str]) -> int:
        text = numbers.choice(choices)
        if text not in strings:
            strings.append(text)
        return strings.index(text)

    for name in numbers.sample(TYPES, numbers.randint(1, 3)):
        profile.sample_type.add(type=one_of([name]), unit=one_of(UNITS))
    _add_places(profile, numbers, one_of)
    is_small = numbers.random() < 0.7
    for _ in range(numbers.randint(0, 12)):
        stack = [numbers.randint(1, len(profile.location)) for _ in range(numbers.randint(0, 6))]
        sample = profile.sample.add(location_id=stack)
        sample.value.extend(_value(numbers, is_small) for _ in profile.sample_type)
        for _ in range(numbers.choice([0, 0, 1, 2, 3])):
            if numbers.random() < 0.4:
                sample.label.add(key=one_of(KEYS), str=one_of(TEXTS))
            else:
                number = numbers.choice([0, 1, 16, 512, 4096, -3, 1 << 40])
                unit = one_of(UNITS) if numbers.random() < 0.5 else 0
                sample.label.add(key=one_of(KEYS), num=number, num_unit=unit)
    if numbers.random() < 0.3:
        profile.drop_frames, profile.keep_frames = one_of(DROPS), one_of(["", "a", "["])
    if numbers.random() < 0.3:
        profile.default_sample_type = one_of(TYPES)
        profile.time_nanos = numbers.choice([1, 1_700_000_000_000_000_000, -5, *EDGES])
        profile.duration_nanos = numbers.choice([1, 10**9, 5 * 10**12, -7, *EDGES])
        profile.comment.extend([one_of(["hello"]), one_of(["# no"]), 0])
        profile.doc_url = one_of(["", "http://x"])
    profile.string_table.extend(strings)
    return profile


def _add_places(profile: Profile, numbers: Random, one_of: Callable[[list[str]], int]) -> None:
    """Mappings, functions and locations."""
    for id_ in range(1, numbers.randint(1, 4)):
        start = 0x1000 * id_
        mapping = profile.mapping.add(id=id_, memory_start=start, memory_limit=start + 0x1000)
        mapping.filename, mapping.build_id = one_of(PROGRAMS), one_of(["", "abc"])
        mapping.has_functions = True
    for id_ in range(1, numbers.randint(2, 10)):
        name = one_of(NAMES)
        system_name = name if numbers.random() < 0.7 else one_of(NAMES)
        function = profile.function.add(id=id_, name=name, system_name=system_name)
        function.filename, function.start_line = one_of(FILES), numbers.choice([0, 0, 3, 7])
    for id_ in range(1, numbers.randint(2, 11)):
        location = profile.location.add(id=id_, mapping_id=numbers.randint(0, len(profile.mapping)))
        location.address = numbers.choice([0, 0x1000 + id_, numbers.randint(1, 1 << 63)])
        for _ in range(numbers.choice([0, 1, 1, 1, 2, 3])):
            function_id = numbers.randint(1, len(profile.function))
            line, column = numbers.choice([0, 1, 2, 30]), numbers.choice([0, 0, 4])
            location.line.add(function_id=function_id, line=line, column=column)


def _value(numbers: Random, is_small: bool) -> int:
    if is_small:
        return numbers.randint(0, 99)
    if numbers.random() < 0.1:
        return numbers.choice(EDGES)
    return numbers.choice([0, 1, -1]) * 10 ** numbers.randint(0, 13) + numbers.randint(-9, 99)


def random_question(numbers: Random, profile: Profile) -> dict[str, Setting]:
    """What may be asked of the top table of this profile."""
    types = [profile.string_table[kind.type] for kind in profile.sample_type]
    question: dict[str, Setting] = {"sample_index": numbers.choice(types)}

    def perhaps(chance: float, name: str, *choices: Setting) -> None:
        if numbers.random() < chance:
            question[name] = numbers.choice(choices)

    perhaps(0.8, "granularity", *GRANULARITIES)
    perhaps(0.3, "sort", "cum")
    for name in ("focus", "ignore", "hide", "show", "show_from", "prune_from"):
        perhaps(0.12, name, *PATTERNS)
    for name in ("tagshow", "taghide"):
        perhaps(0.08, name, *PATTERNS, "bytes")
    for name in ("tagfocus", "tagignore"):
        perhaps(0.12, name, *TAG_FILTERS)
    for name in ("noinlines", "mean", "drop_negative", "relative_percentages", "showcolumns"):
        perhaps(0.15, name, True)
    perhaps(0.15, "nodecount", 1, 2, 3, 5)
    perhaps(0.3, "nodefraction", 0.0, 0.1, 0.5, 1.5, -0.3)
    perhaps(0.2, "edgefraction", 0.0, 0.1, 0.6)
    perhaps(0.15, "trim", False)
    perhaps(0.3, "unit", "kb", "bytes", "ns", "s", "auto", "count", "weird", "gcu", "hours")
    perhaps(0.15, "divide_by", 2.0, -3.0, 0.5, 1e-9, 1e6)
    perhaps(0.08, "trim_path", "/a", "/usr:/x")
    perhaps(0.08, "source_path", "/foo/lib", "/a:/b")
    perhaps(0.08, "tagroot", "alignment", "k", "pprof::base,x")
    if "tagroot" in question:
        # The values become names of rows, where we would print KiB and pprof kB.
        question["unit"] = "bytes"
    return question
