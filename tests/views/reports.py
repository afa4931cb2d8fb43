"""Hand-made reports for the tests of the views: what a small service's heap profile would say."""

from __future__ import annotations

from gotrace.analyses.result import (
    Certainty,
    Fact,
    Finding,
    Result,
    ResultColumn,
    ResultTable,
    Weight,
)
from gotrace.tables.notes import Note, Severity
from gotrace.views.report import Report

__all__ = [
    "HOSTILE_NAMES",
    "NAMES",
    "cpu_report",
    "diff_report",
    "empty_report",
    "heap_report",
    "hostile_report",
    "huge_report",
]

KIB = 1024
MIB = 1024 * KIB

NAMES = [
    "example.com/shop/internal/catalog.(*Catalog).loadPictures",
    "bytes.growSlice",
    "encoding/json.(*Decoder).refill",
    "github.com/acme/warehouse-platform/services/inventory/internal/storage.(*Cache[go.shape.string,"
    "go.shape.*uint8]).insertWithExpiry.func1",
    "runtime.main",
]

HOSTILE_NAMES = [
    "\x1b[2J\x1b]0;owned\x07main.clear",
    "main.\u202egnp.exe",
    "main.two\nlines\r\nthree",
    "main.pipe|`tick`|<script>alert(1)</script>",
    "main.\\|back\\\\|slash",
    "=HYPERLINK(1)",
    "@everyone #1 https://evil.example",
    "main.\x9b31mC1",
    "[link](javascript:alert(1)) **bold** <b>",
    "main.surrogate\udc80",
    "main.数据.加载",
]


def heap_report() -> Report:
    """A heap profile with everything a report can hold."""
    return Report(
        "heap",
        "Heap profile",
        "heap.pb.gz",
        (
            _overview(),
            _memory_bridge(),
            _top(),
            _size_classes(),
            _large_objects(),
            _lifetimes(),
        ),
        _findings(),
        (
            Note(Severity.INFO, "go-version-guessed", "the Go version was told from size classes"),
            Note(
                Severity.LOSS,
                "sample-dropped",
                "samples refer to locations without an address",
                3,
                "byte 12345",
                "record again with a newer Go",
            ),
        ),
    )


def cpu_report() -> Report:
    """A CPU profile: an overview and a top table."""
    overview = Result(
        "overview",
        "What was read",
        (Fact("duration", 10_010_000_000, "ns", "duration"),),
        (
            ResultTable(
                "sample_types",
                "Sample types, totals",
                (
                    ResultColumn("samples", "count", [1000], "samples"),
                    ResultColumn("cpu", "nanoseconds", [10**10], "cpu"),
                ),
            ),
        ),
    )
    table = _top_table(
        [("main.work", 9_000_000_000, 9_500_000_000), ("main.main", 0, 10**10)], "ns"
    )
    return Report(
        "cpu", "CPU profile", "cpu.pb.gz", (overview, Result("top", "Top sites", (), (table,)))
    )


def empty_report() -> Report:
    """A profile without a sample."""
    return Report(
        "heap", "Heap profile", "empty.pb.gz", (Result("top", "Top sites", (), (_top_table([]),)),)
    )


def huge_report() -> Report:
    """The largest values a profile can hold."""
    most = 2**63 - 1
    columns = (
        ResultColumn("size_class", "text", ["1", "2"], "class"),
        ResultColumn("slot_bytes", "bytes", [8, most], "slot"),
        ResultColumn("inuse_objects_count", "count", [most, -most], "in use objects"),
        ResultColumn("inuse_bytes", "bytes", [most, -most], "in use"),
        ResultColumn("inuse_error", "bytes", [1e300, float("nan")], error_of="inuse_bytes"),
        ResultColumn("inuse_ratio", "ratio", [1e30, -1e30], "in use %"),
    )
    table = ResultTable("size_classes", "Size classes", columns)
    top = _top_table([("main.huge", most, most)])
    results = (
        Result("size_classes", "Size classes", (), (table,)),
        Result("top", "Top sites", (), (top,)),
    )
    return Report("heap", "Heap profile", "huge.pb.gz", results)


def diff_report() -> Report:
    """What became more (and less) between two heap profiles."""
    top = _top_table([(NAMES[0], -8 * MIB, -9 * MIB), (NAMES[1], 2 * MIB, 3 * MIB)])
    columns = (
        ResultColumn("inuse_bytes", "bytes", [-8 * MIB, 2 * MIB], "in use"),
        ResultColumn("freed_bytes", "bytes", [9 * MIB, -MIB], "freed"),
        ResultColumn("site", "text", NAMES[:2], "site"),
    )
    lifetimes = ResultTable("lifetimes", "Short-lived and long-lived", columns)
    return Report(
        "heap",
        "Heap profile",
        "head.pb.gz - base.pb.gz",
        (
            Result("top", "Top sites", (), (top,)),
            Result("lifetimes", "Short-lived and long-lived", (), (lifetimes,)),
        ),
    )


def hostile_report() -> Report:
    """Every text that can come from a recording is an attack."""
    rows = [(name, (20 - number) * MIB, 20 * MIB) for number, name in enumerate(HOSTILE_NAMES)]
    evil = HOSTILE_NAMES[0]
    return Report(
        evil,
        evil,
        evil,
        (
            Result("overview", evil, (Fact("go", evil, title=evil, detail=evil),)),
            Result("top", evil, (), (_top_table(rows, title=evil, footnotes=(evil,)),)),
        ),
        (Finding(evil, evil, evil, 1, evil, Certainty.EXACT, advice=evil),),
        (Note(Severity.FAULT, evil, evil, 2, evil, evil),),
    )


def _overview() -> Result:
    return Result(
        "overview",
        "What was read",
        (
            Fact("kind", "heap", title="kind"),
            Fact("format", "pprof protobuf", title="format", detail="34.2 KiB as read"),
            Fact("go_version", "go1.26 to go1.27", title="Go", detail="from size classes"),
            Fact("recorded_at", "2026-11-21 07:40:00 UTC", title="recorded"),
            Fact(
                "period_bytes", 512 * KIB, "bytes", "sampling rate", "one object for so many bytes"
            ),
            Fact("samples_count", 1234, "count", "samples"),
        ),
        (
            ResultTable(
                "sample_types",
                "Sample types, totals",
                (
                    ResultColumn("alloc_objects", "count", [12_345_678], "alloc_objects"),
                    ResultColumn(
                        "alloc_objects_error", "count", [99_000], error_of="alloc_objects"
                    ),
                    ResultColumn("alloc_space", "bytes", [3_446_711_255], "alloc_space"),
                    ResultColumn("alloc_space_error", "bytes", [3e7], error_of="alloc_space"),
                    ResultColumn("inuse_objects", "count", [234_567], "inuse_objects"),
                    ResultColumn("inuse_space", "bytes", [63 * MIB], "inuse_space"),
                ),
            ),
        ),
    )


def _top() -> Result:
    rows = [
        (NAMES[0], 31 * MIB, 33 * MIB),
        (NAMES[1], 12 * MIB, 12 * MIB),
        (NAMES[3], 9 * MIB, 14 * MIB),
        (NAMES[2], 512 * KIB, 2 * MIB),
        (NAMES[4], 0, 63 * MIB),
    ]
    facts = (
        Fact("sample_type", "inuse_space", title="Type"),
        Fact("total", 63 * MIB, "bytes", title="Total"),
        Fact("shown_total", 55_050_240, "bytes", title="Shown"),
        Fact("dropped_count", 12, "count", title="Rows below the cut-off"),
        Fact("cutoff", 330_301, "bytes", title="Cut-off"),
        Fact("node_count", 105, "count", title="Rows before the bound"),
    )
    return Result("top", "Top sites", facts, (_top_table(rows),))


def _top_table(
    rows: list[tuple[str, int, int]],
    unit: str = "bytes",
    title: str = "Top sites",
    footnotes: tuple[str, ...] = (),
) -> ResultTable:
    total = max((cum for _, _, cum in rows), default=0) or 1
    flat = [row[1] for row in rows]
    summed = [sum(flat[: index + 1]) / total for index in range(len(flat))]
    return ResultTable(
        "top",
        title,
        (
            ResultColumn("flat", unit, flat, "flat"),
            ResultColumn("flat_ratio", "ratio", [value / total for value in flat], "flat%"),
            ResultColumn("sum_ratio", "ratio", summed, "sum%"),
            ResultColumn("cum", unit, [row[2] for row in rows], "cum"),
            ResultColumn("cum_ratio", "ratio", [row[2] / total for row in rows], "cum%"),
            ResultColumn("name", "text", [row[0] for row in rows], "name"),
            ResultColumn("inline_mark", "text", _marks(rows), "inlined"),
            ResultColumn("function", "text", [row[0] for row in rows], "function"),
            ResultColumn("file", "text", ["/src/main.go" for _ in rows], "file"),
            ResultColumn("line", "count", [0 for _ in rows], "line"),
        ),
        footnotes,
    )


def _marks(rows: list[tuple[str, int, int]]) -> list[str]:
    return ["(inline)" if name == NAMES[1] else "" for name, _, _ in rows]


def _size_classes() -> Result:
    objects = [1200, 900_000, 45_000, 3000, 12, 0]
    slots = [8, 16, 64, 2048, 32768, None]
    inuse = [n * (slot or 0) for n, slot in zip(objects, slots, strict=True)]
    inuse[-1] = 21 * MIB
    alloc = [value * 3 for value in inuse]
    alloc[0] = 12_000
    errors = [800.0, 0.09 * inuse[1], 0.04 * inuse[2], 0.02 * inuse[3], 0.0, 0.01 * MIB]
    total, total_alloc = sum(inuse), sum(alloc)
    classes = ["1", "2", "5", "37", "67", "large"]
    spans = [2, 1758, 352, 750, 12, 3]
    columns = (
        ResultColumn("size_class", "text", classes, "class", doc="Number of the size class."),
        ResultColumn("slot_bytes", "bytes", slots, "slot", doc="What one object of it takes."),
        ResultColumn("alloc_objects_count", "count", [n * 3 for n in objects], "alloc objects"),
        ResultColumn("alloc_bytes", "bytes", alloc, "alloc"),
        ResultColumn("alloc_bytes_error", "bytes", errors, "±", error_of="alloc_bytes"),
        ResultColumn("alloc_ratio", "ratio", [v / total_alloc for v in alloc], "alloc %"),
        ResultColumn("inuse_objects_count", "count", objects, "in use objects"),
        ResultColumn("inuse_bytes", "bytes", inuse, "in use"),
        ResultColumn("inuse_bytes_error", "bytes", errors, "±", error_of="inuse_bytes"),
        ResultColumn("inuse_ratio", "ratio", [v / total for v in inuse], "in use %"),
        ResultColumn("spans_at_least_count", "count", spans, "spans", bound=Certainty.LOWER),
        ResultColumn("span_waste_bytes", "bytes", [0, 0, 0, 4096, 0, None], "span waste"),
    )
    footnotes = ("Spans: as many as the in-use objects need at least.",)
    facts = (Fact("size_class_versions", "go1.26 to go1.27", title="size classes of"),)
    table = ResultTable("size_classes", "Size classes", columns, footnotes)
    return Result("size_classes", "Size classes", facts, (table,))


def _large_objects() -> Result:
    columns = (
        ResultColumn("pages_count", "count", [5, 128], "pages"),
        ResultColumn("slot_bytes", "bytes", [5 * 8192, MIB], "size"),
        ResultColumn("inuse_objects_count", "count", [1, 20], "in use objects"),
        ResultColumn("inuse_bytes", "bytes", [5 * 8192, 20 * MIB], "in use"),
        ResultColumn("site", "text", [NAMES[1], f"{NAMES[0]} catalog.go:88"], "site"),
    )
    table = ResultTable("large_objects", "Large objects", columns)
    return Result("large_objects", "Large objects", (), (table,))


def _lifetimes() -> Result:
    columns = (
        ResultColumn("alloc_bytes", "bytes", [90 * MIB, 31 * MIB, 30 * MIB], "allocated"),
        ResultColumn("freed_bytes", "bytes", [78 * MIB, 0, 21 * MIB], "freed"),
        ResultColumn("inuse_bytes", "bytes", [12 * MIB, 31 * MIB, 9 * MIB], "alive"),
        ResultColumn("site", "text", [NAMES[1], NAMES[0], NAMES[3]], "site"),
    )
    facts = (Fact("freed_ratio", 0.66, "ratio", "freed", "of all bytes ever allocated"),)
    table = ResultTable("lifetimes", "Alive and freed by site", columns)
    return Result("lifetimes", "Short-lived and long-lived", facts, (table,))


def _memory_bridge() -> Result:
    rows = [
        ("live objects (profile)", 63 * MIB),
        ("dead, not yet swept", 11 * MIB),
        ("span slack", 4 * MIB),
        ("free, kept", 20 * MIB),
        ("returned to the system", -8 * MIB),
        ("stacks", 2 * MIB),
    ]
    columns = (
        ResultColumn("part", "text", [row[0] for row in rows], "part"),
        ResultColumn("size_bytes", "bytes", [row[1] for row in rows], "size"),
        ResultColumn("share_ratio", "ratio", [row[1] / (92 * MIB) for row in rows], "share"),
    )
    table = ResultTable("memory_bridge", "From the profile to the system", columns)
    return Result("memory_bridge", "From the profile to the operating system", (), (table,))


def _findings() -> tuple[Finding, ...]:
    return (
        Finding(
            "slack-high",
            "Spans keep 4.00 MiB that no object uses.",
            "",
            4 * MIB,
            "bytes",
            Certainty.LOWER,
            weight=Weight.LOW,
        ),
        Finding(
            "top-site",
            "One site holds half of all bytes in use.",
            f"{NAMES[0]} (catalog.go:88)",
            31 * MIB,
            "bytes",
            Certainty.SAMPLED,
            0.8 * MIB,
            Weight.HIGH,
            "keep thumbnails on disk, and compare with `gotrace diff`.",
        ),
        Finding(
            "many-goroutines",
            "1,234 goroutines wait on one channel.",
            "main.worker (main.go:12)",
            1234,
            "count",
            Certainty.EXACT,
        ),
    )
