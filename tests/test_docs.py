"""The documents are true: every shell session that runs gotrace is run, and its output compared.

A session is a `console` block that starts with `$ gotrace`. Its commands run one after the other
in a folder that holds `sample_traces`. A line `...` in the output stands for any lines;
`--update-golden` writes what gotrace prints now into the sessions without such a line.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SESSION = re.compile(r"^```console\n(\$ gotrace .*?)^```$", re.M | re.S)
STEP = re.compile(r"^\$ ((?:.*\\\n)*.*\n)((?:(?!\$ ).*\n)*)", re.M)


@dataclass
class Shell:
    """A folder with the recordings in it, and `gotrace` on the path."""

    folder: Path

    def run(self, command: str) -> str:
        """What the terminal would show: standard output and error, one behind the other."""
        bin_folder = self.folder / ".bin"
        environment = {
            **os.environ,
            "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "COLUMNS": "100",
            "NO_COLOR": "1",
        }
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        return re.sub(r"[ \t]+$", "", done.stdout.decode(), flags=re.M)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    (tmp_path / "sample_traces").symlink_to(ROOT / "sample_traces")
    (tmp_path / ".bin").mkdir()
    launcher = tmp_path / ".bin/gotrace"
    launcher.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m gotrace "$@"\n')
    launcher.chmod(0o755)
    return Shell(tmp_path)


def agrees(shown: str, printed: str) -> bool:
    """Whether `printed` is what the document shows, where `...` stands for any lines."""
    parts = (re.escape(part) for part in re.split(r"^ *\.\.\.\n", shown, flags=re.M))
    return re.fullmatch(r"(?:.*\n)*".join(parts), printed) is not None


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_shows_what_gotrace_prints(
    document: Path, shell: Shell, request: pytest.FixtureRequest
) -> None:
    text = rewritten = document.read_text(encoding="utf-8")
    for session in SESSION.findall(text):
        for command, shown in STEP.findall(session):
            printed = shell.run(command)
            if request.config.getoption("--update-golden", False) and "\n...\n" not in f"\n{shown}":
                rewritten = rewritten.replace(f"$ {command}{shown}", f"$ {command}{printed}")
            else:
                assert agrees(shown, printed), f"$ {command}{printed}"
    if rewritten != text:
        document.write_text(rewritten, encoding="utf-8")


def test_every_link_of_a_document_leads_somewhere() -> None:
    broken = []
    for document in [*DOCUMENTS, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]:
        for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text(encoding="utf-8")):
            if "://" not in link and not (document.parent / link).exists():
                broken.append((document.name, link))
    assert broken == []


def test_elision_stands_for_any_lines_and_nothing_else() -> None:
    assert agrees("a\n...\nd\n", "a\nb\nc\nd\n")
    assert agrees("a\n...\n", "a\n")
    assert not agrees("a\n...\nd\n", "a\nb\nc\n")
    assert not agrees("a\n", "a\nb\n")
