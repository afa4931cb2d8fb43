"""What a person meets before the first line of our code: commands, versions, kernels, the tree."""

from __future__ import annotations

import fnmatch
import gzip
import re
import socket
import subprocess
import tomllib
import zlib
from pathlib import Path

import gotrace
from gotrace import kernels

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def ignored(relative: Path, patterns: list[str]) -> bool:
    """Whether one of the patterns of .gitignore (names and whole paths; no `!`) leaves it out."""
    names = [*relative.parts, *(str(Path(*relative.parts[:n])) for n in range(2, 9))]
    return any(fnmatch.fnmatch(name, pattern) for name in names for pattern in patterns)


def files_of_ours() -> list[Path]:
    """Every file that git would track; needs no git, for .ci/run works on a copy without one."""
    lines = (ROOT / ".gitignore").read_text().split()
    patterns = [".git", *(line.strip("/") for line in lines)]
    paths = (path for path in sorted(ROOT.rglob("*")) if path.is_file())
    return [path for path in paths if not ignored(path.relative_to(ROOT), patterns)]


def unpacked(path: Path) -> bytes:
    """The content, without gzip where it can be taken off."""
    data = path.read_bytes()
    try:
        return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    except (OSError, EOFError, zlib.error):  # the corpus holds broken ones
        return data


def readme_command(name: str) -> str:
    found = re.search(rf"^<!-- set-up: {name} -->\n```sh\n(.+)\n```$", README, re.M)
    assert found, f"README.md has no command marked `set-up: {name}`"
    return found[1]


def test_the_readme_has_exactly_two_set_up_commands() -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```$", README, re.M | re.S)
    lines = [line for block in blocks for line in block.splitlines()]
    assert lines == [readme_command("report"), readme_command("tests")]


def test_the_first_command_reports_on_a_shipped_recording() -> None:
    command = readme_command("report")
    recording = command.split()[-1]
    assert command.startswith("pip install . && gotrace report sample_traces/")
    assert (ROOT / recording).is_file()


def test_ci_runs_the_readmes_test_command_and_no_other() -> None:
    script = (ROOT / ".ci/run").read_text()
    assert "readme_command tests" in script
    assert not re.search(r"^\s*(python -m )?pytest\b", script, re.M)


def test_the_readme_shows_a_session_before_the_set_up() -> None:
    assert 0 < README.index("```console\n$ gotrace report ") < README.index("```sh\n")


def test_one_version_everywhere() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## (\S+)", changelog, re.M)
    assert newest
    assert PYPROJECT["project"]["version"] == gotrace.__version__ == newest[1]


def test_there_is_one_dependency_list() -> None:
    others = ["requirements*.txt", "setup.cfg", "tox.ini", "Pipfile", "environment.yml"]
    assert [path.name for pattern in others for path in ROOT.glob(pattern)] == []
    assert list(PYPROJECT["project"]["optional-dependencies"]) == ["dev"]
    # It says how kernels are compiled, and nothing else.
    (call,) = re.findall(r"\bsetup\((.*)\)", (ROOT / "setup.py").read_text())
    assert call == 'cmdclass={"build_ext": SideBySide}'


def test_every_kernel_is_compiled_here() -> None:
    """`pip install -e .` builds them; a compiler that is missing or fails must not pass unseen."""
    assert kernels.missing() == []
    assert kernels.flavour() == "compiled"


def test_every_kernel_is_built_typed_and_specified() -> None:
    folder = ROOT / "gotrace/kernels"
    built = [module["name"] for module in PYPROJECT["tool"]["setuptools"]["ext-modules"]]
    assert {f"gotrace.kernels.{name}" for name in kernels.KERNELS} == set(built)
    assert {path.stem for path in folder.glob("*.pyx")} == set(kernels.KERNELS)
    assert {path.stem for path in folder.glob("*.pyi")} == set(kernels.KERNELS)
    plain = {path.stem for path in (folder / "plain").glob("[!_]*")}
    assert plain | set(kernels.MODELLED) >= set(kernels.KERNELS)


def test_kernels_keep_their_bounds_checks() -> None:
    for path in (ROOT / "gotrace/kernels").glob("*.pyx"):
        text = path.read_text()
        assert re.search(r"^# cython:.*\bboundscheck=True\b.*\bwraparound=False\b", text, re.M)
        assert not re.search(r"boundscheck\s*[=(]\s*False", text), path.name


def test_nothing_we_ship_names_a_machine() -> None:
    """No file, recordings unpacked, holds a folder or the name of the machine that made it.

    Python may spell made-up folders: tests of paths do.
    """
    everywhere = [b"/work" + b"/", f"{ROOT}/".encode(), b"index" + b"-url"]
    if len(socket.gethostname()) > 6 and not socket.gethostname().startswith("localhost"):
        everywhere.append(socket.gethostname().encode())
    in_data = [b"/root/", b"/home/", b"/Users/", b"site-packages"]
    found = []
    for path in files_of_ours():
        data = unpacked(path)
        words = everywhere if path.suffix in (".py", ".pyx") else everywhere + in_data
        found += [(str(path.relative_to(ROOT)), word) for word in words if word in data]
    assert found == []


def test_the_recordings_stay_under_20_megabytes() -> None:
    shipped = [path for path in files_of_ours() if "sample_traces" in path.parts]
    assert 0 < sum(path.stat().st_size for path in shipped) < 20 * 1024 * 1024


def test_make_prints_its_targets() -> None:
    listed = subprocess.run(
        ["make", "--silent"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    targets = {line.split()[1] for line in listed.splitlines()}
    assert targets >= {"dev", "check", "test", "golden", "sanitize", "bench", "help"}
