"""Writes `tests/corpus/text/`: small legacy profiles, each with one oddity, which its name tells.

    python -m tests.corpus.make_text

Files that begin with `accepted-` are read. What gotrace says of each file stands in `expected.txt`
beside them, also written here: read its diff.
"""

from __future__ import annotations

import struct
from pathlib import Path

from gotrace.errors import InputError
from gotrace.readers.legacy import read_text
from gotrace.readers.recognise import recognise

FOLDER = Path(__file__).parent / "text"

HEADER = b"heap profile: 2: 96 [3: 144] @ heap/1048576\n"
SAMPLE = b"2: 96 [3: 144] @ 0x401001 0x402001\n"
FRAMES = (
    b"#\t0x401000\tmain.leaf+0x10\t/src/main.go:7\n#\t0x402000\tmain.main+0x20\t/src/main.go:9\n"
)
GOROUTINES = b"goroutine profile: total 2\n"
BLOCK = b"--- contention:\ncycles/second=1000000000\n"
MUTEX = b"--- mutex:\ncycles/second=1000000000\nsampling period=5\n"
STATS = b"\n# runtime.MemStats\n# Alloc = 96\n# Stack = 32 / 64\n# GCCPUFraction = 0.5\n"
BIG = b"9223372036854775808"


def cpu(*words: int, header: tuple[int, ...] = (0, 3, 0, 10000, 0), form: str = "<Q") -> bytes:
    """A binary CPU profile."""
    return b"".join(struct.pack(form, word) for word in (*header, *words))


END = (0, 1, 0)

HEAP = {
    "accepted-heap": HEADER + SAMPLE + FRAMES + STATS,
    "accepted-heap-without-names": HEADER + SAMPLE,
    "accepted-heap-with-windows-line-ends": (HEADER + SAMPLE + FRAMES + STATS).replace(
        b"\n", b"\r\n"
    ),
    "accepted-heap-with-byte-order-mark": b"\xef\xbb\xbf" + HEADER + SAMPLE + FRAMES,
    "accepted-heap-with-spaces-for-tabs": HEADER + SAMPLE + FRAMES.replace(b"\t", b"    "),
    "accepted-heap-cut-in-an-address": HEADER + SAMPLE[:-4],
    "accepted-heap-cut-between-samples": HEADER,
    "accepted-heap-without-line-end": (HEADER + SAMPLE)[:-1],
    "accepted-heap-without-rate": HEADER.replace(b"1048576", b"") + SAMPLE,
    "accepted-heap-rate-1": HEADER.replace(b"1048576", b"1") + SAMPLE,
    "accepted-heap-without-stacks": HEADER + b"2: 96 [3: 144] @\n",
    "accepted-heap-with-two-columns": b"heap profile: 2: 96 [2: 96] @ heap/1048576\n"
    b"2: 96 [2: 96] @ 0x401001\n",
    "accepted-heap-v2": HEADER.replace(b"heap/", b"heap_v2/") + SAMPLE,
    "accepted-heap-heapz-v2": HEADER.replace(b"heap/", b"heapz_v2/") + SAMPLE,
    "accepted-heap-heapprofile": HEADER.replace(b"heap/1048576", b"heapprofile") + SAMPLE,
    "accepted-heap-growthz": HEADER.replace(b"heap/1048576", b"growthz") + SAMPLE,
    "accepted-heap-fragmentationz": HEADER.replace(b"heap/1048576", b"fragmentationz") + SAMPLE,
    "accepted-heap-with-address-0": HEADER + b"2: 96 [3: 144] @ 0x0\n",
    "accepted-heap-with-invalid-utf-8-in-a-name": HEADER
    + SAMPLE
    + FRAMES.replace(b"leaf", b"\xff"),
    "accepted-heap-with-nul-in-a-name": HEADER + SAMPLE + FRAMES.replace(b"leaf", b"\0"),
    "accepted-heap-with-frames-of-nobody": HEADER + FRAMES + SAMPLE,
    "accepted-heap-with-an-address-of-two-names": HEADER
    + SAMPLE
    + FRAMES
    + SAMPLE
    + FRAMES.replace(b"leaf", b"other"),
    "accepted-heap-with-broken-mem-stats": HEADER
    + SAMPLE
    + STATS
    + b"# NextGC = nan\n# LastGC = 1e999\n# NumGC = -5\n# PauseNs = [1 x]\n# Sys = \xff\n"
    + b"# Frees = 9" * 200
    + b"\n",
    "accepted-heap-with-a-memory-map": HEADER
    + SAMPLE
    + b"\nMAPPED_LIBRARIES:\n00400000-00403000 r-xp 00000000 08:01 1  /bin/prog\n"
    + b"7f0000000000-7f0000001000 r--p 00000000 08:01 2  /lib/data\n",
    "accepted-heap-with-a-senseless-memory-map": HEADER
    + SAMPLE
    + b"MAPPED_LIBRARIES:\n$a$a$a\na=$a$a\n$a\nffff-0000 x\nhello\n=\n",
    "heap-header-cut": HEADER[:20],
    "heap-header-without-kind": HEADER.replace(b"heap/1048576", b""),
    "heap-header-of-unknown-kind": HEADER.replace(b"heap/", b"heapx/"),
    "heap-header-2-to-the-63": HEADER.replace(b"96", BIG) + SAMPLE,
    "heap-rate-2-to-the-63": HEADER.replace(b"1048576", BIG) + SAMPLE,
    "heap-rate-of-5000-digits": HEADER.replace(b"1048576", b"9" * 5000) + SAMPLE,
    "heap-sample-2-to-the-63": HEADER + SAMPLE.replace(b"96", BIG),
    "heap-sample-of-5000-digits": HEADER + SAMPLE.replace(b"96", b"9" * 5000),
    "heap-sample-minus-2": HEADER + SAMPLE.replace(b"2:", b"-2:"),
    "heap-sample-scaled-over-63-bits": HEADER.replace(b"1048576", b"9000000000000000000")
    + SAMPLE.replace(b"96", b"9000000000000000000"),
    "heap-sample-never-sampled": HEADER.replace(b"1048576", b"9000000000000000000")
    + SAMPLE.replace(b"2: 96", b"9000000000000000000: 1"),
    "heap-sample-bytes-in-no-objects": HEADER + SAMPLE.replace(b"2: 96", b"0: 96"),
    "heap-sample-address-of-65-bits": HEADER + SAMPLE.replace(b"0x401001", b"0x10000000000000000"),
    "heap-sample-address-in-capitals": HEADER + SAMPLE.replace(b"0x401001", b"0x40ABCD"),
    "heap-sample-cut": HEADER + SAMPLE[:12],
    "heap-sample-with-nul": HEADER + SAMPLE.replace(b"[", b"\0"),
    "heap-sample-with-garbage-behind": HEADER + SAMPLE[:-1] + b" garbage\n",
    "heap-then-goroutines": HEADER + SAMPLE + GOROUTINES + b"2 @ 0x401001\n",
    "heap-twice": (HEADER + SAMPLE) * 2,
}

COUNTS = {
    "accepted-goroutine": GOROUTINES + b"2 @ 0x401001 0x402001\n" + FRAMES,
    "accepted-goroutine-with-labels": GOROUTINES
    + b'2 @ 0x401001 0x402001\n# labels: {"a\\"\\\\":"\\x01\\u00fc\\U0001f600\\t", "b":""}\n'
    + FRAMES,
    "accepted-goroutine-with-broken-labels": GOROUTINES
    + b'2 @ 0x401001\n# labels: {"a":"\\q\\xff\\Uffffffff", "b" 5, "c":"\n',
    "accepted-goroutine-with-labels-of-nobody": GOROUTINES + b'# labels: {"a":"b"}\n2 @ 0x401001\n',
    "accepted-goroutine-without-stack": GOROUTINES + b"2 @\n#\t0x0\n",
    "accepted-goroutine-total-that-lies": GOROUTINES.replace(b"2", b"1000000") + b"2 @ 0x401001\n",
    "accepted-goroutine-behind-comments": b"# hello\n\n" + GOROUTINES + b"2 @ 0x401001\n",
    "accepted-count-of-our-own": b"main.sessions profile: total 1\n1 @ 0x401001\n" + FRAMES,
    "accepted-goroutine-with-a-memory-map": GOROUTINES
    + b"2 @ 0x401001\n--- Memory map: ---\n400000-500000: /bin/prog (@0) abc\n",
    "accepted-goroutine-with-a-section-to-pass": GOROUTINES + b"2 @ 0x401001\n--- more ---\nx\n",
    "goroutine-total-2-to-the-63": GOROUTINES.replace(b"2", BIG) + b"2 @ 0x401001\n",
    "goroutine-total-missing": b"goroutine profile: total\n2 @ 0x401001\n",
    "goroutine-count-2-to-the-63": GOROUTINES + BIG + b" @ 0x401001\n",
    "goroutine-count-minus-2": GOROUTINES + b"-2 @ 0x401001\n",
    "goroutine-line-cut": GOROUTINES + b"2",
    "goroutine-then-heap": GOROUTINES + b"2 @ 0x401001\n" + HEADER + SAMPLE,
    "goroutine-dump": b"goroutine 1 [running]:\nmain.main()\n\t/src/main.go:9 +0x1d\n",
}

CONTENTIONS = {
    "accepted-block": BLOCK + b"2000 3 @ 0x401001 0x402001\n" + FRAMES,
    "accepted-block-without-samples": BLOCK,
    "accepted-block-without-header": b"--- contention:\n2000 3 @ 0x401001\n",
    "accepted-mutex-scaled-twice": MUTEX + b"2000 3 @ 0x401001 0x402001\n" + FRAMES,
    "accepted-contentionz": b"--- contentionz 1 ---\ncycles/second = 1000\nsampling period = 1\n"
    b"ms since reset = 5\ndiscarded samples = 0\n2000 3 @ 0x401001\n"
    b"--- Memory map: ---\n  400000-500000: /bin/prog\n",
    "accepted-block-sampling-period-0": MUTEX.replace(b"5", b"0") + b"2000 3 @ 0x401001\n",
    "block-unknown-header": BLOCK + b"colour=red\n2000 3 @ 0x401001\n",
    "block-cycles-not-a-number": BLOCK.replace(b"1000000000", b"fast"),
    "block-cycles-2-to-the-63": BLOCK.replace(b"1000000000", BIG),
    "block-cycles-minus-1": BLOCK.replace(b"1000000000", b"-1"),
    "block-sample-2-to-the-63": BLOCK + BIG + b" 3 @ 0x401001\n",
    "block-sample-scaled-over-63-bits": BLOCK.replace(b"1000000000", b"1")
    + b"9000000000000000000 3 @ 0x401001\n",
    "mutex-count-scaled-over-63-bits": MUTEX + b"1 9000000000000000000 @ 0x401001\n",
    "block-sample-cut": BLOCK + b"2000\n",
    "contentionz-of-java": b"--- contentionz 1 ---\nformat = java\nresolution = microseconds\n",
    "block-java-later": BLOCK + b"resolution = microseconds\n",
    "contentionz-reset-2-to-the-63": b"--- contentionz 1 ---\nms since reset = 9223372036854775\n",
}

CPUS = {
    "accepted-cpu-64-little": cpu(3, 2, 0x401000, 0x402001, *END),
    "accepted-cpu-64-big": cpu(3, 2, 0x401000, 0x402001, *END, form=">Q"),
    "accepted-cpu-32-little": cpu(3, 2, 0x401000, 0x402001, *END, form="<I"),
    "accepted-cpu-32-big": cpu(3, 2, 0x401000, 0x402001, *END, form=">I"),
    "accepted-cpu-with-a-memory-map": cpu(3, 2, 0x401000, 0x402001, *END)
    + b"build=/bin/prog\n00400000-00403000 r-xp 00000000 08:01 1  $build\n",
    "accepted-cpu-without-end-mark": cpu(3, 2, 0x401000, 0x402001),
    "accepted-cpu-without-samples": cpu(*END),
    "accepted-cpu-with-handler-frames": cpu(
        *(1, 4, 0x401000, 0x999, 0x888, 0x402001), *(2, 4, 0x403000, 0x999, 0x888, 0x402001), *END
    ),
    "accepted-cpu-with-doubled-leaf": cpu(
        *(1, 3, 0x401000, 0x401000, 0x402001), *(2, 3, 0x403000, 0x403000, 0x402001), *END
    ),
    "cpu-cut-in-a-word": cpu(3, 2, 0x401000, 0x402001)[:-3],
    "cpu-cut-behind-a-count": cpu(3, 2, 0x401000, 0x402001, 7),
    "cpu-depth-past-the-end": cpu(3, 1 << 40, 0x401000),
    "cpu-depth-2-to-the-64-minus-1": cpu(3, (1 << 64) - 1, 0x401000),
    "cpu-count-2-to-the-63": cpu(1 << 63, 1, 0x401000, *END),
    "cpu-count-times-period-over-63-bits": cpu(1 << 62, 1, 0x401000, *END),
    "cpu-period-2-to-the-63": cpu(*END, header=(0, 3, 0, 1 << 63, 0)),
    "cpu-of-java": cpu(*END, header=(0, 3, 1, 10000, 0)),
    "cpu-period-0": cpu(*END, header=(0, 3, 0, 0, 0)),
}

OTHERS = {
    "blank": b" \n\t\n",
    "one-byte": b"h",
    "only-a-comment": b"# heap profile\n",
    "random-text": b"The quick brown fox\njumps over the lazy dog.\n",
    "threadz": b"--- threadz 1 ---\n\n--- Thread 7f (name: main/1) stack: ---\n  0x401000\n",
    "utf-16": "heap profile: 1: 1 [1: 1] @ heap/1\n".encode("utf-16"),
}

FILES = {**HEAP, **COUNTS, **CONTENTIONS, **CPUS, **OTHERS}


def verdict(data: bytes) -> str:
    """What gotrace says of a file, in one line."""
    try:
        draft = read_text(data, recognise(data))
    except InputError as error:
        return f"{type(error).__name__}: {error}"
    notes = "".join(f", {note.slug}" for note in draft.notes)
    totals = " ".join(str(total) for total in draft.values.sum(axis=1).tolist())
    return f"{draft.origin.format}: {draft.values.shape[1]} samples, {totals}{notes}"


def main() -> None:
    """Write the folder anew."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    for name, content in FILES.items():
        (FOLDER / f"{name}.txt").write_bytes(content)
    lines = [f"{name}: {verdict(content)}\n" for name, content in sorted(FILES.items())]
    (FOLDER / "expected.txt").write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
