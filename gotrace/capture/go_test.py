"""The command line of `go test`, taken apart as Go takes it (`cmd/go/internal/test/testflag.go`).

Flags may stand before and after the packages, with one dash or two and with `test.` before them.
The first flag that Go does not know, and everything behind it, belongs to the test binary.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from gotrace.errors import UsageError

__all__ = ["Flag", "GoTest", "parse_go_test"]


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SWITCHES = _names(
    "a artifacts asan benchmem buildvcs c cover failfast fullpath i json linkshared modcacherw "
    "msan n race short trimpath v work x"
)
_VALUED = _names(
    "C asmflags bench benchtime blockprofile blockprofilerate buildmode compiler count covermode "
    "coverpkg coverprofile cpu cpuprofile exec fuzz fuzzminimizetime fuzztime gccgoflags gcflags "
    "installsuffix ldflags list memprofile memprofilerate mod modfile mutexprofile "
    "mutexprofilefraction o outputdir overlay p parallel pgo pkgdir run shuffle skip tags timeout "
    "toolexec trace vet"
)
_OF_LOADING = _names("C asan compiler installsuffix mod modfile msan overlay race tags")
"""Flags that decide which files belong to a package: `go list` gets them too."""
_RUNS_NOTHING = {
    "c": "only compiles", "i": "only installs", "list": "only lists", "n": "only prints",
}  # fmt: skip
_ONE_FILE = (
    "blockprofile", "coverprofile", "cpuprofile", "memprofile", "mutexprofile", "o", "trace",
)  # fmt: skip


@dataclass(frozen=True)
class Flag:
    """A flag by its plain name, its value (`true` for a bare switch), and as it was written."""

    name: str
    value: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class GoTest:
    """`go test FLAGS PACKAGES REST`."""

    go: str
    flags: tuple[Flag, ...]
    packages: tuple[str, ...]
    rest: tuple[str, ...] = ()

    def value(self, name: str) -> str | None:
        """The value of a flag, None where it is not given; the last one counts."""
        return next((flag.value for flag in reversed(self.flags) if flag.name == name), None)

    def is_on(self, name: str) -> bool:
        """Whether a switch is given, and not as `=false`."""
        return (self.value(name) or "false").lower() in ("true", "t", "1")

    @property
    def files_of_one_package(self) -> tuple[str, ...]:
        """The flags whose file one package would write over another's."""
        return tuple(name for name in _ONE_FILE if self.value(name) is not None)

    def loading(self, names: frozenset[str] = _OF_LOADING) -> list[str]:
        """The words of the flags that `go list` needs."""
        return [word for flag in self.flags if flag.name in names for word in flag.words]

    def command(self, package: str, added: Sequence[str]) -> list[str]:
        """The command for one package, with flags added to those that were given."""
        given = [word for flag in self.flags for word in flag.words]
        return [self.go, "test", *given, *added, package, *self.rest]


def parse_go_test(command: Sequence[str]) -> GoTest:
    """Take `go test ...` apart. Raises UsageError for another command, or one that runs nothing."""
    words = list(command)
    is_go = bool(words) and PurePath(words[0]).name.removesuffix(".exe").startswith("go")
    if len(words) < 2 or not is_go or words[1] != "test":
        raise UsageError(
            f"`{' '.join(words[:2])}` is not `go test`: write "
            "`gotrace budget run -- go test -bench . ./...`"
        )
    flags: list[Flag] = []
    packages: list[str] = []
    place, is_open = 2, True
    while place < len(words):
        word = words[place]
        if not word.startswith("-") or word == "-":
            if not is_open:
                break
            packages.append(word)
            place += 1
            continue
        flag = _flag(words, place)
        if flag is None:
            break
        flags.append(flag)
        is_open = not packages
        place += len(flag.words)
    test = GoTest(words[0], tuple(flags), tuple(packages) or (".",), tuple(words[place:]))
    for name, what in _RUNS_NOTHING.items():
        if test.is_on(name) or (name == "list" and test.value(name) is not None):
            raise UsageError(f"`go test -{name}` {what}: there is nothing to measure")
    return test


def _flag(words: Sequence[str], place: int) -> Flag | None:
    """The flag at a place; None for `-args` and for what Go does not know."""
    name, equals, value = words[place].removeprefix("-").removeprefix("-").partition("=")
    name = name.removeprefix("test.")
    if name in _SWITCHES or (name in _VALUED and equals):
        return Flag(name, value if equals else "true", (words[place],))
    if name not in _VALUED:
        return None
    if place + 1 == len(words):
        raise UsageError(f"`go test -{name}` needs a value")
    return Flag(name, words[place + 1], (words[place], words[place + 1]))
