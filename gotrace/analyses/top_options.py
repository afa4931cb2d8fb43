"""`TopOptions`: what may be asked of the top table, under pprof's names and with its defaults."""

from __future__ import annotations

from dataclasses import dataclass

from gotrace.errors import UsageError

__all__ = ["GRANULARITIES", "SORTS", "TopOptions"]

GRANULARITIES = ("functions", "filefunctions", "files", "lines", "addresses")
SORTS = ("flat", "cum")

_PRINTED = (
    *("focus", "ignore", "hide", "show", "show_from"),
    *("tagfocus", "tagignore", "tagshow", "taghide"),
)
"""The filters that pprof prints above the table; prune_from is not among them."""


@dataclass(frozen=True)
class TopOptions:
    """pprof's flags that matter for `-top`, as in its `internal/driver/config.go`.

    Raises UsageError for a granularity, sort order or divisor that pprof refuses too.
    """

    sample_index: str = ""
    """Sample type by name or number; empty: the recording's default, else its last."""
    mean: bool = False
    """Divide every value by the number of samples behind it (the first sample type)."""
    granularity: str = "functions"
    """One of GRANULARITIES: what one row stands for."""
    noinlines: bool = False
    """Attribute inlined calls to the function they were inlined into."""
    showcolumns: bool = False
    """Keep column numbers at line granularity."""
    sort: str = "flat"
    """One of SORTS."""

    focus: str = ""
    """Keep stacks with a frame matching this."""
    ignore: str = ""
    """Drop stacks with a frame matching this."""
    hide: str = ""
    """Remove matching frames."""
    show: str = ""
    """Remove frames that do not match."""
    show_from: str = ""
    """Remove the callers of the outermost matching frame, and stacks without one."""
    prune_from: str = ""
    """Remove what is called by the innermost matching frame."""
    tagfocus: str = ""
    """Keep samples with a label matching this: a regular expression or a range of numbers."""
    tagignore: str = ""
    """Drop samples with a label matching this."""
    tagshow: str = ""
    """Keep only labels whose key matches."""
    taghide: str = ""
    """Remove labels whose key matches."""
    tagroot: str = ""
    """Add the values of these labels (keys separated by commas) as outermost frames."""
    tagleaf: str = ""
    """Add the values of these labels (keys separated by commas) as innermost frames."""
    all_frames: bool = False
    """Do not apply the recording's own drop_frames and keep_frames."""

    trim: bool = True
    """Apply nodecount, nodefraction and edgefraction."""
    nodecount: int = -1
    """At most so many rows; zero or less: no bound."""
    nodefraction: float = 0.005
    """Drop rows whose cumulative value is below this share of the total."""
    edgefraction: float = 0.001
    """Ignore calls below this share of the total when marking rows as inlined."""
    drop_negative: bool = False
    """Drop rows with negative values."""
    relative_percentages: bool = False
    """Percentages of what the filters leave, not of the whole recording."""

    unit: str = "minimum"
    """The unit to print; `minimum` chooses one that suits the smallest and the largest row."""
    divide_by: float = 1.0
    """Divide all printed amounts by this."""
    source_path: str = ""
    """Search path for sources; file names are cut behind the last part of its folders."""
    trim_path: str = ""
    """Prefixes (separated by colons) to remove from file names."""
    compact_labels: bool = False
    """Leave out the lines about the recording above the table."""

    def __post_init__(self) -> None:
        if self.granularity not in GRANULARITIES:
            raise UsageError(
                f"granularity `{self.granularity}` is none of {', '.join(GRANULARITIES)}"
            )
        if self.sort not in SORTS:
            raise UsageError(f"sort `{self.sort}` is none of {', '.join(SORTS)}")
        if self.divide_by == 0:
            raise UsageError("cannot divide by zero (divide_by)")

    @property
    def active_filters(self) -> tuple[str, ...]:
        """`name=value` of every filter in force that pprof prints above the table."""
        return tuple(f"{name}={value}" for name in _PRINTED if (value := getattr(self, name)))
