"""Escape analysis as a `Recording` of kind `escapes`: a text, a JSON file, or a folder."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

from gotrace.errors import InputError, LimitError, UnrecognisedError
from gotrace.readers.escapes.json_form import JsonHeader, parse_header, read_json
from gotrace.readers.escapes.lines import text_lines
from gotrace.readers.escapes.merging import TextBesideJson
from gotrace.readers.escapes.places import files_of, head_of, holds_escapes
from gotrace.readers.escapes.recognise import is_escape_json, is_escape_text
from gotrace.readers.escapes.rows import EscapeRows, RowSink
from gotrace.readers.escapes.text_form import read_text
from gotrace.readers.escapes.trouble import Trouble
from gotrace.readers.limits import DEFAULT, Limits
from gotrace.readers.peek import Peeked
from gotrace.readers.recognise import IDENTIFY_BYTES, Format, identify, recognise
from gotrace.readers.trace.opening import Bytes, open_bytes
from gotrace.tables.recording import Origin, Recording

__all__ = ["holds_escapes", "read_escapes"]

_TEXT, _JSON = "go build -gcflags=-m", "go build -gcflags=-json"
_NOT = "this is no output of the compiler's escape analysis"
_ADVICE = "record with `go build -gcflags=-m=2 ./... 2>escapes.txt`"


def read_escapes(source: str | Path | Peeked, limits: Limits = DEFAULT) -> Recording:
    """Read what the compiler said: a path, a folder, `-`, or an http(s) address; gzip too.

    Text of `-gcflags=-m`, `-m=2` or `-m -m`, of one package or of many; a file, or the folder, that
    `-gcflags=-json=0,file:///DIR` wrote. A folder may have both, of the same build: then only what
    JSON does not tell is taken from the texts. Tables are those of `gotrace.tables.escape_schema`;
    lines that are not the compiler's, and what was lost, are notes.

    Raises InputError: UnrecognisedError for anything else, LimitError for what is too large.
    """
    name = str(source)
    if not isinstance(source, Peeked) and name not in ("", "-") and Path(name).is_dir():
        return _folder(name, limits)
    reading = _Reading(limits)
    with open_bytes(source, limits) as content:
        head = content.peek(IDENTIFY_BYTES)
        if not reading.one(content, ""):
            raise _refusal(head)
        return reading.recording(name, content.sha256)


class _Counted:
    """An input's bytes, all inputs' counted together."""

    def __init__(self, content: Bytes, reading: _Reading) -> None:
        self._content, self._reading = content, reading

    def read(self, size: int, /) -> bytes:
        data = self._content.read(size)
        self._reading.count(len(data))
        return data


class _Reading:
    """All that is read, file by file."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._rows, self._trouble = EscapeRows(), Trouble()
        self._headers: list[JsonHeader] = []
        self._forms: set[str] = set()
        self._content_bytes = self._stored_bytes = 0

    @property
    def trouble(self) -> Trouble:
        """What goes wrong."""
        return self._trouble

    def count(self, size: int) -> None:
        """Bytes of content that were read. Raises LimitError."""
        self._content_bytes += size
        if self._content_bytes > self._limits.decompressed_bytes:
            raise LimitError(
                f"more than {self._limits.decompressed_bytes:,} bytes of messages",
                advice="pass fewer packages at once (limit `decompressed_bytes`)",
            )

    def beside(self) -> TextBesideJson:
        """What takes texts of the build whose JSON was read; `rows` gets what it gives."""
        return TextBesideJson(self._headers)

    @property
    def rows(self) -> EscapeRows:
        """What was read so far."""
        return self._rows

    def one(self, content: Bytes, name: str, beside: RowSink | None = None) -> bool:
        """Read a file, called `name` in notes; False if it is not the compiler's."""
        lines = text_lines(_Counted(content, self), self._limits.text_line_bytes)
        first = next(lines, None)
        if first is None:
            return False
        header = parse_header(first.text) if first.text else None
        if header is not None:
            read_json(header, lines, self._rows, self._trouble, name)
            self._headers.append(header)
            self._forms.add(_JSON)
            is_compilers = True
        else:
            is_compilers = read_text(
                chain([first], lines), beside or self._rows, self._trouble, name
            )
            self._forms.add(_TEXT)
        self._stored_bytes += content.stored_bytes
        return is_compilers

    def recording(self, name: str, sha256: str = "") -> Recording:
        """What was read."""
        if not self._rows.count:
            self._trouble.add("no-diagnostics")
        versions = {header.go_version for header in self._headers}
        origin = Origin(
            paths=(name,),
            format=" and ".join(sorted(self._forms)),
            sha256=sha256,
            size_bytes=self._stored_bytes,
            go_version=versions.pop() if len(versions) == 1 else "",
        )
        return Recording("escapes", origin, self._rows.tables(), self._trouble.notes())


def _folder(name: str, limits: Limits) -> Recording:
    reading = _Reading(limits)
    folder = Path(name)
    try:
        jsons, texts, foreign = _sorted(folder)
        read = [_one_of(path, folder, reading, limits) for path in jsons]
        beside = reading.beside() if jsons else None
        read += [_one_of(path, folder, reading, limits, beside) for path in texts]
        if beside is not None:
            beside.give(reading.rows)
    except InputError as error:
        raise error.at(name) from None
    if not any(read):
        raise UnrecognisedError(
            "no file of this folder is of the compiler's escape analysis", source=name,
            advice=_ADVICE,
        )  # fmt: skip
    for path in foreign:
        reading.trouble.add("foreign-files", name=path.relative_to(folder).as_posix())
    return reading.recording(name)


def _one_of(
    path: Path, folder: Path, reading: _Reading, limits: Limits, beside: RowSink | None = None
) -> bool:
    """Read a file of the folder; one that cannot be read is told."""
    told = path.relative_to(folder).as_posix()
    try:
        with open_bytes(path, limits) as content:
            return reading.one(content, told, beside)
    except LimitError:
        raise
    except InputError as error:
        reading.trouble.add("files-unread", name=f"{told}: {error.reason}")
        return False


def _sorted(folder: Path) -> tuple[list[Path], list[Path], list[Path]]:
    """The folder's JSON files, its texts, and what is neither."""
    jsons: list[Path] = []
    texts: list[Path] = []
    foreign: list[Path] = []
    for path in files_of(folder):
        head = head_of(path)
        if is_escape_json(head):
            jsons.append(path)
        else:
            (texts if is_escape_text(head) else foreign).append(path)
    return jsons, texts, foreign


def _refusal(head: bytes) -> InputError:
    """The error for what is not the compiler's, by its first bytes."""
    form = identify(head)
    if form is Format.ESCAPES:
        return UnrecognisedError("this is cut off within its first line", advice=_ADVICE)
    if form in (Format.TEXT, Format.UNKNOWN, Format.JSON):
        return UnrecognisedError(_NOT, advice=_ADVICE)
    try:
        recognise(head)
    except InputError as error:
        return error
    return UnrecognisedError(f"{_NOT}, but a profile ({form})", advice="`gotrace report FILE`")
