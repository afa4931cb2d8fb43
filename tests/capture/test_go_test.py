"""The command line of `go test`, as Go takes it apart."""

from __future__ import annotations

import pytest

from gotrace.capture.go_test import GoTest, parse_go_test
from gotrace.errors import UsageError


def parsed(command: str) -> GoTest:
    return parse_go_test(command.split())


def test_flags_stand_before_and_after_the_packages() -> None:
    test = parse_go_test(
        ["go", "test", "-race", "-bench", ".", "./a", "./b", "-run=^$", "--test.count", "3"]
    )
    assert test.packages == ("./a", "./b")
    assert (test.value("bench"), test.value("run"), test.value("count")) == (".", "^$", "3")
    assert test.is_on("race")
    assert test.rest == ()


def test_without_packages_it_is_the_one_of_the_folder() -> None:
    assert parsed("go test -bench .").packages == (".",)


def test_what_go_does_not_know_goes_to_the_test_binary_with_all_that_follows() -> None:
    test = parsed("go test ./... -update -bench . x")
    assert test.rest == ("-update", "-bench", ".", "x")
    assert parsed("go test . -args -bench .").rest == (
        "-args",
        "-bench",
        ".",
    )
    assert parsed("go test . -v stray").rest == ("stray",)


def test_flags_are_added_between_those_given_and_the_package() -> None:
    test = parse_go_test(
        ["/opt/go/bin/go", "test", "-C", "dir", "./...", "-bench=.", "-args", "-x"]
    )
    assert test.command("m/a", ["-count=6"]) == (
        ["/opt/go/bin/go", "test", "-C", "dir", "-bench=.", "-count=6", "m/a", "-args", "-x"]
    )
    assert test.loading() == ["-C", "dir"]


def test_a_switch_may_be_turned_off() -> None:
    assert not parsed("go test -race=false .").is_on("race")


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("go build ./...", "is not `go test`"),
        ("make test", "is not `go test`"),
        ("go", "is not `go test`"),
        ("go test -c .", "only compiles"),
        ("go test -list . .", "only lists"),
        ("go test -n", "only prints"),
        ("go test -bench", "needs a value"),
    ],
)
def test_what_measures_nothing_is_refused(command: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        parse_go_test(command.split())


def test_files_that_several_packages_would_share_are_named() -> None:
    test = parsed("go test -cpuprofile=c -memprofile m ./...")
    assert test.files_of_one_package == ("cpuprofile", "memprofile")
