"""The text of `go build -gcflags=-m`, `-m=2`, `-m -m`: lines into rows.

Other lines of the build stand between: they are counted, and told with their numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from gotrace.readers.escapes.flows import Place, parse_flow, parse_head, parse_step
from gotrace.readers.escapes.lines import TextLine
from gotrace.readers.escapes.matching import Explanation, Explanations
from gotrace.readers.escapes.messages import Said, parse_message
from gotrace.readers.escapes.rows import RowSink
from gotrace.readers.escapes.trouble import Trouble

__all__ = ["read_text"]

_PLACED = re.compile(r"(.+?):([0-9]{1,9})(?::([0-9]{1,9}))?: (.*)", re.DOTALL)
_PACKAGE = re.compile(r"# (\S+)(?: \[\S+\])?\Z")
_FAILED = re.compile(
    r"FAIL\t(\S+ \[(?:build|setup) failed\])|(.*: too many errors)\Z|(go: .*)|(link: .*)"
    r"|(\S+/link: .*)|(vet: .*)|(clang: error.*)|(collect2: error.*)"
)
_ERROR = re.compile(
    r"undefined: |syntax error|declared and not used: |\S+ redeclared in this block"
    r"|.* imported and not used|cannot use |missing return|no required module provides "
    r"|package .* is not in |too many errors|not enough arguments in |too many arguments in "
    r"|invalid operation: |cannot find package "
)
"""What the compiler calls errors; there are many more, which are rows of kind `other`."""
_TRUNCATED = "warning: truncated explanation"


class _Text:
    """One text."""

    def __init__(self, rows: RowSink, trouble: Trouble, file: str) -> None:
        self._rows, self._trouble, self._file = rows, trouble, file
        self._package: str | None = None
        self._explanations = Explanations()
        self._current: tuple[str, Explanation] | None = None
        """The place whose explanation was last begun, as written, and that."""
        self.is_compilers = False

    def take(self, line: TextLine) -> None:
        """Read a line."""
        text = line.text
        if text is None:
            self._trouble.add("overlong-lines", line.number, file=self._file)
            return
        package = _PACKAGE.match(text)
        if package is not None:
            self._package, self._current, self.is_compilers = package[1], None, True
            return
        placed = _PLACED.fullmatch(text)
        if placed is None:
            if text.strip():
                self._foreign(line.number, text)
            return
        file, number, column, message = placed.groups()
        place = Place(file, int(number), int(column) if column else -1)
        if message.startswith("  "):
            if self._step(text[: -len(message)], message.strip()):
                return
        elif message.endswith(":") and (head := parse_head(message)) is not None:
            explanation = Explanation(head)
            self._explanations.add((self._package, *place), explanation)
            self._current = text[: -len(message)], explanation
            return
        self._message(line.number, place, message)

    def _step(self, begin: str, text: str) -> bool:
        """Take a line of an explanation; False if it is none that is under way."""
        if self._current is None or self._current[0] != begin:
            return False
        explanation = self._current[1]
        if text.startswith(_TRUNCATED):
            self._trouble.add("explanations-truncated")
            return True
        flow = parse_flow(text)
        if flow is not None:
            explanation.begin(flow)
            return True
        step = parse_step(text, explanation.flow) if explanation.flow else None
        if step is None:
            return False
        explanation.add(step)
        return True

    def _message(self, number: int, place: Place, message: str) -> None:
        said = parse_message(message)
        if said is None:
            slug = "build-failed" if _ERROR.match(message) else "unknown-messages"
            self._trouble.add(slug, number, message, self._file)
            said = Said("other", "", message)
        else:
            self.is_compilers = True
        found = self._explanations.take((self._package, *place), said)
        if found is not None:
            level = found.head.level if said.level < 0 else said.level
            # `append escapes to heap` does not tell what is appended.
            what = found.head.what if said.what == "append" else said.what
            function = found.head.function or said.function
            said = said._replace(what=what, function=function, level=level)
        steps = found.steps if found else ()
        self._rows.add(said, place, number, self._package, steps)

    def _foreign(self, number: int, text: str) -> None:
        slug = "foreign-lines"
        if _FAILED.match(text):
            slug = "build-failed"
        elif parse_message(text) is not None:
            slug = "messages-without-place"
        self._trouble.add(slug, number, text.strip(), self._file)

    def close(self) -> None:
        """The end of the text."""
        left = self._explanations.left_count
        if left:
            self._trouble.add("explanations-alone", count=left)


def read_text(lines: Iterable[TextLine], rows: RowSink, trouble: Trouble, file: str = "") -> bool:
    """Read the text into rows; `file` is told in notes. False if no line is the compiler's."""
    text = _Text(rows, trouble, file)
    last = None
    for last in lines:
        text.take(last)
    if last is not None and not last.is_whole:
        trouble.add("escapes-cut", last.number, last.text or "", file)
    text.close()
    return text.is_compilers
