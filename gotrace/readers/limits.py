"""What gotrace refuses from an input, in one visible object."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DEFAULT", "Limits"]

MIB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """Bounds on what a hostile or broken input may cost; every default is meant for a laptop.

    Exceeding one raises `gotrace.errors.LimitError` with the limit's name in its advice.
    """

    compressed_bytes: int = 1024 * MIB
    """Bytes taken from a file, standard input or an address."""
    decompressed_bytes: int = 384 * MIB
    """Bytes after gunzip, with the tables made of them: what must fit in memory at once.

    `--max-size` raises it.
    """
    compression_ratio: int = 100
    """Decompressed over compressed, checked once more than 64 MiB came out."""
    gzip_members: int = 50_000
    """Members of one gzip input: empty ones cost time and bring nothing."""
    samples: int = 20_000_000
    """Samples of one profile, and labels."""
    locations: int = 20_000_000
    """Locations, lines, functions and strings of one profile, each."""
    stack_entries: int = 200_000_000
    """Locations over all stacks of one profile."""
    sample_types: int = 64
    """Sample types of one profile."""
    header_messages: int = 50_000
    """Mappings, comments and header fields of one profile, together."""
    http_seconds: float = 60.0
    """Wall time of a fetch, beyond the `seconds=` the address itself asks for."""
    text_samples: int = 500_000
    """Samples of a text form, which is read line by line; ten times what large services write."""
    text_line_bytes: int = 1 * MIB
    """One line of a text form."""
    generation_bytes: int = 512 * MIB
    """Bytes of one generation of a trace, held in memory at once; Go ends one about every second.

    A trace may have any number of them; one of Go 1.5 to 1.21 is a single one. `--max-size` raises
    it.
    """
    batches: int = 1_000_000
    """Batches of one generation."""
    threads: int = 10_000
    """Threads with events in one generation; that many is what Go allows a program by default."""
    attempts: int = 50_000_000
    """Events tried before their turn, as those of earlier times wait, and threads sorted for that.

    Some seconds' worth; every byte of the trace adds one to what is left of them. Of 37 million
    events of busy programs hardly any is.
    """
    tasks: int = 10_000_000
    """Goroutines, active tasks and regions of a trace at a time, each."""


DEFAULT = Limits()
