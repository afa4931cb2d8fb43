"""Many questions to one real pprof: its interactive mode reads them from a file.

A process for each question would take most of its time to start and to read the profile.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import IO

from gotrace.analyses.top_options import TopOptions
from tests.real_pprof import pprof_binary

__all__ = ["Answers", "Setting"]

Setting = str | int | float | bool

_PROMPT = "(pprof) "
# The interactive mode starts with other values than the command line.
_AT_START: dict[str, Setting] = {"compact_labels": True, "nodecount": -2}
_NO_SETTINGS = ("all_frames",)


class Answers:
    """Starts pprof on the questions at once; `lines()` waits for what it printed to each.

    A question is what `TopOptions` takes. `flags` go to the command line, such as `-base=FILE`.
    """

    def __init__(
        self,
        profile: Path,
        questions: Sequence[Mapping[str, Setting]],
        flags: Sequence[str] = (),
    ) -> None:
        self._commands, self._positions = _commands(questions)
        self._input, self._output = _spool("\n".join([*self._commands, ""])), _spool()
        self._process = subprocess.Popen(
            [pprof_binary(), *flags, str(profile)],
            stdin=self._input,
            stdout=self._output,
            stderr=subprocess.DEVNULL,
            env={
                "HOME": tempfile.gettempdir(),
                "PATH": "",
                "TZ": os.environ.get("TZ", ""),
                "GOGC": "800",
            },
        )

    def __enter__(self) -> Answers:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        self._input.close()
        self._output.close()

    def lines(self) -> list[list[str]]:
        """What pprof printed to each question."""
        self._process.wait()
        self._output.seek(0)
        _, *answers = self._output.read().split(_PROMPT)
        # The last prompt is the one at which the input ended.
        assert len(answers) == len(self._commands) + 1, "pprof answered another number of commands"
        return [answers[position].removesuffix("\n").split("\n") for position in self._positions]


def _commands(questions: Sequence[Mapping[str, Setting]]) -> tuple[list[str], list[int]]:
    """The commands for all questions, and for each question the number of its `top`."""
    defaults = asdict(TopOptions())
    # `top` alone means ten rows there; 0 is what -1 means on the command line.
    defaults["nodecount"] = 0
    known = defaults | _AT_START
    commands, positions = [], []
    for question in questions:
        for name, value in (defaults | dict(question)).items():
            if known[name] != value and name not in _NO_SETTINGS:
                commands.append(
                    f"{name}={str(value).lower() if value is True or value is False else value}"
                )
                known[name] = value
        positions.append(len(commands))
        commands.append("top")
    return commands, positions


def _spool(text: str = "") -> IO[str]:
    # A file, not a pipe: pprof must be able to print everything while we compute our answers.
    # `Answers.__exit__` closes it.
    spool = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace", newline="")  # noqa: SIM115
    spool.write(text)
    spool.flush()
    spool.seek(0)
    return spool
