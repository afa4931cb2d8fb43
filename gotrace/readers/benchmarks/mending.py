"""Results that lines of the collector broke in two are put together again.

`go test` writes a result in two pieces: the name and a tab as a benchmark starts, the numbers when
it is over. Under `GODEBUG=gctrace=1` the runtime's lines come in between, for `go test` gives both
outputs one pipe:

    BenchmarkDay-2   	gc 5 @0.043s 1%: ...
    gc 6 @0.046s 1%: ...
           3	   8029932 ns/op
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from gotrace.readers.benchmarks.streams import LogLine

__all__ = ["is_rest", "mended"]

_BROKEN = re.compile(r"(Benchmark[!-~]*[ \t]+)(?:gc \d{1,18} @|pacer: |scvg|scav |GC forced)")
_REST = re.compile(r"[ \t]*[0-9]{1,18}\t[ \t]*[0-9.]+ [!-~]")
_END = re.compile(r"Benchmark|PASS\Z|FAIL\b|ok  \t|--- |pkg: ")


def is_rest(text: str) -> bool:
    """Whether a line is the second piece of a result: a count, a tab, a number and its unit."""
    return _REST.match(text) is not None


def mended(lines: Iterable[LogLine]) -> Iterator[LogLine]:
    """The lines, results whole; a name whose numbers never come is left as it is."""
    waiting: dict[str, LogLine] = {}
    for line in lines:
        broken = _BROKEN.match(line.text)
        name = waiting.get(line.stream)
        if broken is None and name is None:
            yield line
        elif broken is not None:
            if name is not None:
                yield name
            waiting[line.stream] = LogLine(line.number, line.stream, broken[1])
        elif name is not None and is_rest(line.text):
            del waiting[line.stream]
            yield LogLine(name.number, line.stream, name.text + line.text.lstrip())
        else:
            if name is not None and _END.match(line.text):
                yield waiting.pop(line.stream)
            yield line
    yield from waiting.values()
