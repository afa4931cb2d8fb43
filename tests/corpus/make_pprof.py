"""Writes `tests/corpus/pprof/`: small profiles, each with one malformation, which its name tells.

    python -m tests.corpus.make_pprof

Files that begin with `accepted-` are odd, but neither pprof nor gotrace refuses them. What gotrace
says of each file stands in `expected.txt` beside them, also written here: read its diff.
"""

from __future__ import annotations

from pathlib import Path

from gotrace.errors import InputError
from gotrace.readers.limits import DEFAULT
from gotrace.readers.pprof.reader import read_profile
from gotrace.readers.validity import check_valid

FOLDER = Path(__file__).parent / "pprof"
TOP = 1 << 64


def varint(number: int) -> bytes:
    """A number of up to 64 bits; negative ones as their two's complement."""
    number %= TOP
    result = bytearray()
    while number >= 0x80:
        result.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*result, number])


def field(number: int, *integers: int) -> bytes:
    """Integer fields, one for each value."""
    return b"".join(varint(number << 3) + varint(value) for value in integers)


def message(number: int, *parts: bytes) -> bytes:
    """A field with a message or a string."""
    content = b"".join(parts)
    return varint(number << 3 | 2) + varint(len(content)) + content


def packed(number: int, *integers: int) -> bytes:
    """A field with packed integers."""
    return message(number, *map(varint, integers))


def fixed(number: int, size: int) -> bytes:
    """A field of 8 or 4 fixed bytes."""
    return varint(number << 3 | (1 if size == 8 else 5)) + bytes(size)


STRINGS = b"".join(
    message(6, text)
    for text in (b"", b"cpu", b"nanoseconds", b"main.main", b"main.go", b"key", b"text")
)
ELEVEN = b"\xff" * 10 + b"\x01"
HIGH_BITS = b"\xfb" + b"\xff" * 8 + b"\x7f"
"""Ten bytes; of the last one only the lowest bit counts: -5."""

GOOD = {
    "types": message(1, field(1, 1), field(2, 2)),
    "samples": message(2, packed(1, 1, 2), field(2, 100)) + message(2, field(1, 1), field(2, 50)),
    "mappings": message(3, field(1, 1), field(2, 0x1000), field(3, 0x2000)),
    "locations": message(
        4, field(1, 1), field(2, 1), field(3, 0x1100), message(4, field(1, 1), field(2, 7))
    )
    + message(4, field(1, 2), field(2, 1), field(3, 0x1200), message(4, field(1, 1), field(2, 9))),
    "functions": message(5, field(1, 1), field(2, 3), field(3, 3), field(4, 4), field(5, 5)),
    "strings": STRINGS,
    "header": field(9, 1_700_000_000_000_000_000) + message(11, field(1, 1), field(2, 2)),
}


def profile(**parts: bytes) -> bytes:
    """The good profile with some parts replaced, and `more` behind it."""
    return b"".join((GOOD | parts).values())


def sample(*more: bytes, locations: bytes = field(1, 1), values: bytes = field(2, 5)) -> bytes:
    """One sample."""
    return message(2, locations, values, *more)


def structure() -> dict[str, bytes]:
    """Broken below the level of messages."""
    whole = profile()
    past = varint(len(whole) + 1000)
    return {
        "empty-input": b"",
        "no-string-table": profile(strings=b""),
        "only-unknown-fields": field(100, 1),
        "only-strings": STRINGS,
        "first-string-not-empty": profile(strings=message(6, b"x") + STRINGS),
        "truncated-in-a-tag": whole + b"\xa0",
        "truncated-in-a-length": whole + b"\x32\xa0",
        "truncated-in-a-number": whole + b"\x48\xa0",
        "truncated-in-a-sample": whole[:12],
        "truncated-in-a-string": whole + b"\x32\x05abc",
        "truncated-in-fixed64": whole + fixed(99, 8)[:-1],
        "truncated-in-fixed32": whole + fixed(99, 4)[:-1],
        "eleven-byte-number": profile(more=b"\x50" + ELEVEN),
        "eleven-byte-tag": profile(more=ELEVEN),
        "eleven-byte-length": profile(more=b"\x32" + ELEVEN),
        "eleven-byte-number-in-packed-values": profile(more=sample(values=message(2, ELEVEN))),
        "length-past-the-end": profile(more=b"\x12" + past),
        "length-2-to-the-63": profile(more=b"\x12" + varint(1 << 63)),
        "length-2-to-the-64-minus-1": profile(more=b"\x12" + varint(-1)),
        "length-2-to-the-64-minus-1-in-a-sample": profile(more=message(2, b"\x1a", varint(-1))),
        "length-past-its-message": profile(more=message(2, b"\x1a\x05\x08") + STRINGS),
        "fixed64-past-its-message": profile(more=sample(fixed(99, 8)[:-1])),
        "number-past-its-message": profile(more=sample(b"\x10\xff") + STRINGS),
        "packed-locations-with-a-cut-number": profile(more=sample(message(1, b"\x01\x80"))),
        "packed-values-with-a-cut-number": profile(more=sample(values=message(2, b"\x80"))),
        "packed-comments-with-a-cut-number": profile(more=message(13, b"\x80")),
        "group-start": profile(more=b"\x9b\x06"),
        "group-end": profile(more=b"\x9c\x06"),
        "groups-10000-deep": profile(more=b"\x9b\x06" * 10_000 + b"\x9c\x06" * 10_000),
        "group-in-a-sample": profile(more=sample(b"\x9b\x06\x9c\x06")),
        "group-in-a-mapping": profile(more=message(3, field(1, 2), b"\x9b\x06\x9c\x06")),
        "wire-type-6": profile(more=b"\x9e\x06"),
        "wire-type-7": profile(more=b"\x9f\x06"),
        "two-profiles-in-one": profile() + profile(),
    }


def wire_types() -> dict[str, bytes]:
    """A known field with the wrong wire type."""
    line = message(4, field(1, 3), fixed(4, 8))
    return {
        "wire-type-of-sample-type": profile(more=field(1, 1)),
        "wire-type-of-sample": profile(more=fixed(2, 8)),
        "wire-type-of-mapping": profile(more=field(3, 1)),
        "wire-type-of-location": profile(more=fixed(4, 4)),
        "wire-type-of-function": profile(more=field(5, 1)),
        "wire-type-of-string": profile(more=field(6, 1)),
        "wire-type-of-time": profile(more=message(9, b"")),
        "wire-type-of-duration": profile(more=fixed(10, 8)),
        "wire-type-of-period-type": profile(more=field(11, 1)),
        "wire-type-of-comment": profile(more=fixed(13, 8)),
        "wire-type-of-doc-url": profile(more=message(15, b"http://x")),
        "wire-type-of-a-samples-location": profile(more=sample(locations=fixed(1, 8))),
        "wire-type-of-a-value": profile(more=sample(values=fixed(2, 4))),
        "wire-type-of-a-label": profile(more=sample(field(3, 1))),
        "wire-type-of-a-labels-key": profile(more=sample(message(3, message(1, b"key")))),
        "wire-type-of-a-line": profile(more=line),
        "wire-type-of-a-lines-function": profile(more=message(4, message(4, packed(1, 1)))),
        "wire-type-of-an-address": profile(more=message(4, field(1, 3), fixed(3, 8))),
        "wire-type-of-is-folded": profile(more=message(4, field(1, 3), message(5, b"\x01"))),
        "wire-type-of-a-functions-name": profile(more=message(5, message(2, b"main.main"))),
        "wire-type-of-a-mappings-flag": profile(more=message(3, field(1, 2), fixed(7, 4))),
        "wire-type-of-a-mappings-start": profile(more=message(3, field(1, 2), fixed(2, 8))),
        "wire-type-of-a-types-unit": profile(more=message(1, message(2, b"bytes"))),
    }


def references() -> dict[str, bytes]:
    """Ids and numbers of values that do not fit."""
    mapping, function, location = GOOD["mappings"], GOOD["functions"], GOOD["locations"]
    far = 1 << 63
    far_location = message(4, field(1, far))
    return {
        "sample-with-an-undefined-location": profile(more=sample(locations=packed(1, 1, 2, 3, 1))),
        "sample-with-an-undefined-far-location": profile(more=sample(locations=field(1, far))),
        "sample-with-location-0": profile(more=sample(locations=field(1, 0))),
        "line-with-an-undefined-function": profile(
            more=message(4, field(1, 3), message(4, field(1, 9)))
        ),
        "line-without-a-function": profile(more=message(4, field(1, 3), message(4, field(2, 9)))),
        "location-twice": profile(more=location),
        "far-location-twice": profile(more=far_location * 2),
        "function-twice": profile(more=function),
        "mapping-twice": profile(more=mapping),
        "location-with-id-0": profile(more=message(4, field(3, 0x1300))),
        "function-with-id-0": profile(more=message(5, field(2, 3))),
        "mapping-with-id-0": profile(more=message(3, field(2, 0x3000))),
        "sample-with-too-many-values": profile(more=sample(values=packed(2, 1, 2))),
        "sample-without-values": profile(more=sample(values=b"")),
        "samples-with-too-few-values": profile(types=GOOD["types"] * 2),
        "sample-types-all-of-the-same-name": profile(types=GOOD["types"] * 2, samples=b""),
        "samples-without-sample-types": profile(types=b""),
        "samples-without-sample-types-or-values": profile(
            types=b"", samples=message(2, field(1, 1))
        ),
    }


def string_indices() -> dict[str, bytes]:
    """String indices outside the table."""
    return {
        "string-index-of-a-sample-type": profile(more=message(1, field(1, 99))),
        "string-index-of-a-unit": profile(types=message(1, field(1, 1), field(2, 7))),
        "string-index-of-the-period-type": profile(more=message(11, field(1, 99))),
        "string-index-of-a-function-name": profile(more=message(5, field(1, 2), field(2, 7))),
        "string-index-of-a-system-name": profile(more=message(5, field(1, 2), field(3, 7))),
        "string-index-of-a-file-name": profile(more=message(5, field(1, 2), field(4, 99))),
        "string-index-of-a-mappings-file": profile(more=message(3, field(1, 2), field(5, 99))),
        "string-index-of-a-build-id": profile(more=message(3, field(1, 2), field(6, 99))),
        "string-index-of-a-labels-key": profile(more=sample(message(3, field(1, 99), field(3, 1)))),
        "string-index-of-an-empty-labels-key": profile(more=sample(message(3, field(1, 99)))),
        "string-index-of-a-labels-text": profile(
            more=sample(message(3, field(1, 5), field(2, 99)))
        ),
        "string-index-of-a-labels-unit": profile(
            more=sample(message(3, field(1, 5), field(4, 99)))
        ),
        "string-index-of-a-comment": profile(more=packed(13, 1, 99)),
        "string-index-of-drop-frames": profile(more=field(7, 99)),
        "string-index-of-keep-frames": profile(more=field(8, 99)),
        "string-index-of-the-default-type": profile(more=field(14, 99)),
        "string-index-of-the-doc-url": profile(more=field(15, 99)),
        "string-index-minus-1": profile(more=message(5, field(1, 2), field(2, -1))),
        "string-index-2-to-the-63": profile(more=field(14, 1 << 63)),
        "string-index-2-to-the-32": profile(more=message(5, field(1, 2), field(2, 1 << 32))),
    }


def accepted() -> dict[str, bytes]:
    """Odd, but allowed."""
    unknown = field(99, 1) + message(99, b"x") + fixed(99, 8) + fixed(99, 4)
    far = (1 << 64) - 1
    return {
        "accepted-good": profile(),
        "accepted-without-samples": profile(samples=b""),
        "accepted-tables-before-samples": profile(types=STRINGS, strings=GOOD["types"]),
        "accepted-invalid-utf-8": profile(
            strings=STRINGS + message(6, b"main.\xff\xfe"),
            functions=message(5, field(1, 1), field(2, 7)),
        ),
        "accepted-unknown-fields": profile(
            types=message(1, field(1, 1), field(2, 2), unknown),
            samples=sample(unknown, message(3, unknown, field(1, 5), field(3, 1))),
            more=message(4, unknown, field(1, 3), message(4, unknown, field(1, 1))) + unknown,
        ),
        "accepted-field-number-0": profile(
            samples=sample(field(0, 1), message(0, b"x")), more=field(0, 1)
        ),
        "accepted-field-number-2-to-the-61-minus-1": profile(more=varint(far - 7) + b"\x01"),
        "accepted-value-2-to-the-63": profile(more=sample(values=field(2, 1 << 63))),
        "accepted-value-minus-1": profile(more=sample(values=field(2, -1))),
        "accepted-ten-byte-number-with-high-bits": profile(more=sample(values=b"\x10" + HIGH_BITS)),
        "accepted-undefined-mapping": profile(more=message(4, field(1, 3), field(2, 99))),
        "accepted-packed-and-single-mixed": profile(
            more=sample(locations=field(1, 1) + packed(1, 2, 1) + packed(1) + field(1, 2, 1))
        ),
        "accepted-far-ids": profile(
            more=message(5, field(1, far), field(2, 3))
            + message(4, field(1, far), message(4, field(1, far)))
            + sample(locations=packed(1, far, 1, far))
        ),
        "accepted-period-type-twice": profile(more=message(11, field(1, 1))),
        "accepted-duration-twice": profile(more=field(10, 1, 2)),
        "accepted-function-name-twice": profile(
            functions=message(5, field(1, 9, 1), field(2, 99, 3))
        ),
        "accepted-empty-label": profile(more=sample(message(3, field(1, 5)), message(3))),
        "accepted-text-label-with-a-wild-unit": profile(
            more=sample(message(3, field(1, 5), field(2, 6), field(3, 7), field(4, 99)))
        ),
        "accepted-location-without-lines": profile(more=message(4, field(1, 3))),
        "accepted-sample-without-locations": profile(more=sample(locations=b"")),
        "accepted-is-folded-2": profile(more=message(4, field(1, 3), field(5, 2))),
        "accepted-mapping-flag-2-to-the-63": profile(
            more=message(3, field(1, 2), field(7, 1 << 63))
        ),
        "accepted-mapping-that-ends-before-it-starts": profile(
            more=message(3, field(1, 2), field(2, 9), field(3, 1))
        ),
        "accepted-high-bits-in-the-header": profile(more=b"\x50" + HIGH_BITS),
        # pprof accepts these two; protobuf, which reads our small messages, does not.
        "protobuf-refuses-a-long-tag-in-the-header": profile(
            more=b"\xd0" + b"\x80" * 8 + b"\x00\x01"
        ),
        "protobuf-refuses-field-number-0-in-a-mapping": profile(
            more=message(3, field(1, 2), field(0, 1))
        ),
    }


def verdict(data: bytes) -> str:
    """What gotrace says: `accepted` and its notes, or the class, offset and reason of the error."""
    try:
        draft = read_profile(data, DEFAULT)
        check_valid(draft)
    except InputError as error:
        return f"{type(error).__name__}: {error}"
    return " ".join(["accepted", *(f"({note.slug} x {note.count})" for note in draft.notes)])


def main() -> None:
    """Write the files, and `expected.txt`."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    files = structure() | wire_types() | references() | string_indices() | accepted()
    for name, data in files.items():
        (FOLDER / f"{name}.pb").write_bytes(data)
    lines = [f"{name}: {verdict(data)}\n" for name, data in sorted(files.items())]
    (FOLDER / "expected.txt").write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
