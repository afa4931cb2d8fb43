"""Large heap profiles without Go: a made-up program, the same bytes on every machine.

The program is a random call graph with the habits of Go services that decide what reading costs:
deep stacks (27 frames on average) which share their roots, handlers wrapped in handlers, recursive
tree walks, call sites with inlined callees, few hot allocation sites and many cold ones. Each
sample is allocated by one site at one size; its values are unsampled as `runtime/pprof/protomem.go`
does it, and its `bytes` label is a size class of Go 1.27 or a number of whole pages.

    python tests/bench/make_profile.py SAMPLES FILE
"""

from __future__ import annotations

import gzip
import math
import random
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gotrace.model.size_classes import size_class_table
from gotrace.model.versions import resolve
from gotrace.readers.pprof import profile_pb2 as pb

__all__ = ["make_profile", "write_profile"]

Message = Any
"""A generated protobuf message; their classes have no types a checker could see."""

PERIOD_BYTES = 512 * 1024
PAGE_BYTES = 8192
MEAN_LOCATIONS = 20.5  # a location holds its inlined callees too: 27 frames
FUNCTIONS_PER_ROOT_OF_SAMPLES = 12
SITES_PER_FUNCTION = 4

HOSTS = ("", "", "example.com/shop/", "example.com/platform/", "github.com/acme/")
WORDS = """
net/http encoding/json internal/orders internal/search internal/cache storage/index rpc/codec
auth/session text/render metrics/registry queue/worker billing/ledger bufio compress/flate sort

Server Handler Decoder Encoder Index Cache Store Tree Writer Reader Batch Session

Serve Handle Decode Encode Lookup Insert Walk Write Read Flush Merge Load Parse Build Apply Grow

Request Order Value Node Row Key Buffer Page Token Field Block Entry Item Header
"""
PACKAGES, TYPES, VERBS, NOUNS = (part.split() for part in WORDS.split("\n\n"))


@dataclass
class Program:
    """A call graph: every call site is a location; `callees[location]` is what is called there."""

    profile: Message
    random: random.Random
    strings: dict[str, int] = field(default_factory=lambda: {"": 0})
    sites: list[list[int]] = field(default_factory=list)
    callees: dict[int, int] = field(default_factory=dict)
    sizes: dict[int, list[int]] = field(default_factory=dict)

    def text(self, string: str) -> int:
        """The number of `string` in the string table."""
        return self.strings.setdefault(string, len(self.strings))

    def add_function(self) -> None:
        """A function of a made-up name, three in four of them methods; its sites come later."""
        number = len(self.sites)
        choose = self.random.choice
        package = choose(HOSTS) + choose(PACKAGES)
        method = f"(*{choose(TYPES)})." if self.random.random() < 0.75 else ""
        closure = ".func1" if self.random.random() < 0.15 else ""
        name = f"{package}.{method}{choose(VERBS)}{choose(NOUNS)}{number % 97}{closure}"
        self.profile.function.add(
            id=number + 1,
            name=self.text(name),
            system_name=self.text(name),
            filename=self.text(f"{package}/{choose(NOUNS).lower()}{number % 7}.go"),
            start_line=10 + number % 900,
        )
        self.sites.append([])

    def add_site(self, function: int, callee: int, all_sizes: list[int]) -> None:
        """A call site of `function`; a quarter of the sites have inlined callees in them."""
        location = len(self.callees) + 1
        message = self.profile.location.add(
            id=location, mapping_id=1, address=0x400000 + 24 * location
        )
        inlined = 0
        while self.random.random() < 0.25 and inlined < 3:
            inner = int(len(self.sites) * (1 - self.random.random() / 8))
            inner = min(inner, len(self.sites) - 1)
            message.line.add(function_id=inner + 1, line=self.random.randrange(10, 1000))
            inlined += 1
        message.line.add(function_id=function + 1, line=self.random.randrange(10, 1000))
        self.sites[function].append(location)
        self.callees[location] = callee
        count = self.random.choice((1, 1, 1, 2, 5))
        self.sizes[location] = [self.random.choice(all_sizes) for _ in range(count)]


def make_profile(samples: int, seed: int = 1) -> Message:
    """A heap profile (a `Profile` of `gotrace.readers.pprof`) of `samples` distinct samples."""
    profile = pb.Profile()
    program = Program(profile, random.Random(seed))
    _describe(program)
    functions = max(50, int(math.sqrt(samples) * FUNCTIONS_PER_ROOT_OF_SAMPLES))
    for _ in range(functions):
        program.add_function()
    sizes = _sizes(program.random)
    for function in range(functions):
        for _ in range(SITES_PER_FUNCTION):
            program.add_site(function, _callee(program.random, function, functions), sizes)
    _add_samples(program, samples)
    profile.string_table.extend(program.strings)
    return profile


def _describe(program: Program) -> None:
    profile, text = program.profile, program.text
    for name in ("alloc_objects", "alloc_space", "inuse_objects", "inuse_space"):
        unit = "count" if name.endswith("objects") else "bytes"
        profile.sample_type.add(type=text(name), unit=text(unit))
    profile.period_type.type, profile.period_type.unit = text("space"), text("bytes")
    profile.period = PERIOD_BYTES
    profile.time_nanos = 1_780_000_000_000_000_000
    profile.default_sample_type = text("inuse_space")
    profile.mapping.add(
        id=1,
        memory_start=0x400000,
        memory_limit=0x40000000,
        filename=text("shop"),
        has_functions=True,
        has_filenames=True,
        has_line_numbers=True,
        has_inline_frames=True,
    )


def _sizes(choice: random.Random) -> list[int]:
    """Slot sizes to draw from: small classes often, large ones and whole pages seldom."""
    classes = [c.size_bytes for c in size_class_table(resolve("go1.27")).classes]
    often = [size for n, size in enumerate(classes) for _ in range(max(1, 40 - n))]
    pages = [PAGE_BYTES * choice.randrange(5, 200) for _ in range(20)]
    return often + pages


def _callee(choice: random.Random, function: int, functions: int) -> int:
    """Mostly a function further down, often the one just below; one in twelve calls itself."""
    if choice.random() < 0.08:
        return function
    if choice.random() < 0.5:
        return (function + choice.randrange(1, 6)) % functions
    return int(functions * choice.random() ** 2)


def _add_samples(program: Program, samples: int) -> None:
    choice = program.random
    seen: set[tuple[int, ...]] = set()
    stacks: list[list[int]] = []
    while len(seen) < samples:
        stack = _stack(program, choice.choice(stacks) if stacks else [])
        size = choice.choice(program.sizes[stack[-1]])
        if (key := (size, *stack)) in seen:
            continue
        seen.add(key)
        stacks.append(stack)
        if len(stacks) > 4000:
            stacks[choice.randrange(4000)] = stacks.pop()
        _add_sample(program, stack, size)


def _stack(program: Program, parent: list[int]) -> list[int]:
    """A stack, root first, that leaves `parent` at one of its frames and walks on from there."""
    choice = program.random
    depth = max(4, min(120, round(choice.gauss(MEAN_LOCATIONS, 7))))
    shared = min(depth - 1, len(parent), max(2, len(parent) - int(choice.expovariate(0.3))))
    stack = parent[:shared]
    function = program.callees[stack[-1]] if stack else 0
    while len(stack) < depth:
        site = program.sites[function][int(SITES_PER_FUNCTION * choice.random() ** 2)]
        stack.append(site)
        function = program.callees[site]
    return stack


def _add_sample(program: Program, stack: list[int], size: int) -> None:
    choice = program.random
    seen = 1 + int(choice.expovariate(0.9))
    allocated = round(seen / -math.expm1(-size / PERIOD_BYTES))
    alive = allocated // choice.choice((1, 2, 5)) if choice.random() < 0.3 else 0
    sample = program.profile.sample.add(
        location_id=stack[::-1], value=[allocated, allocated * size, alive, alive * size]
    )
    sample.label.add(key=program.text("bytes"), num=size, num_unit=program.text("bytes"))


def write_profile(samples: int, path: Path) -> None:
    """Write `make_profile(samples)` to `path`, gzipped as Go does it (fastest level)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = make_profile(samples).SerializeToString(deterministic=True)
    path.write_bytes(gzip.compress(data, compresslevel=1, mtime=0))


if __name__ == "__main__":
    write_profile(int(sys.argv[1]), Path(sys.argv[2]))
