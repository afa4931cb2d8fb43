"""Writes traces of Go 1.5 to 1.21 from events by name: small cases of our own."""

from __future__ import annotations

from gotrace.readers.trace.v1.events import EVENTS, argument_counts

__all__ = ["Writer", "varint"]

NUMBERS = {event.name: event.number for event in EVENTS}


def varint(value: int) -> bytes:
    """A number as the format writes it; negative ones as two's complement."""
    value &= (1 << 64) - 1
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


class Writer:
    """A trace in the making: `batch`, then events; times are ticks of one nanosecond by default.

    `event` takes the time since the last event and the arguments, the stack last. Before 1.7 a
    sequence number is counted along.
    """

    def __init__(self, version: int) -> None:
        self.version = version
        self.data = bytearray(f"go 1.{version} trace".encode().ljust(16, b"\0"))
        self.is_sequenced = version < 7

    def raw(self, name: str, *numbers: int) -> Writer:
        """An event with exactly these numbers."""
        body = b"".join(map(varint, numbers))
        extra = 1 if self.is_sequenced else 0
        count = len(numbers) - 1 - extra
        if 0 <= count < 3:
            self.data += bytes([count << 6 | NUMBERS[name]]) + body
        else:
            self.data += bytes([3 << 6 | NUMBERS[name]]) + varint(len(body)) + body
        return self

    def batch(self, proc: int, ticks: int, sequence: int = 0) -> Writer:
        if self.is_sequenced:
            return self.raw("Batch", proc, sequence, ticks)
        return self.raw("Batch", proc, ticks)

    def event(self, name: str, elapsed: int, *arguments: int) -> Writer:
        expected = argument_counts(self.version)[NUMBERS[name]]
        sequence = (1,) if self.is_sequenced else ()
        padded = [*sequence, elapsed, *arguments]
        assert len(padded) == expected, f"{name} has {expected} numbers in Go 1.{self.version}"
        return self.raw(name, *padded)

    def log(self, elapsed: int, task: int, key: int, stack: int, text: bytes) -> Writer:
        self.event("UserLog", elapsed, task, key, stack)
        self.data += varint(len(text)) + text
        return self

    def string(self, id_: int, text: bytes) -> Writer:
        self.data += bytes([NUMBERS["String"]]) + varint(id_) + varint(len(text)) + text
        return self

    def stack(self, id_: int, *frames: tuple[int, ...]) -> Writer:
        return self.raw("Stack", id_, len(frames), *(value for f in frames for value in f))

    def frequency(self, hertz: int = 1_000_000_000) -> Writer:
        return self.raw("Frequency", hertz, *([0] if self.is_sequenced else []))

    def start(self, ticks: int = 1000, thread: int = 7) -> Writer:
        """Proc 0 begins: goroutine 1 was there and runs, goroutine 2 waits, 3 is runnable."""
        seq = [] if self.is_sequenced else [1]
        self.batch(0, ticks)
        for goroutine in (1, 2, 3):
            self.event("GoCreate", 1, goroutine, 0, 0)
            if goroutine == 2:
                self.event("GoWaiting", 1, 2)
        self.event("ProcStart", 1, thread)
        self.event("GoStart", 1, 1, *seq)
        return self.event("Gomaxprocs", 1, 4, 0)
