"""Errors say where, what and what to do, in one line."""

from gotrace.errors import GotraceError, InputError, MalformedError, UsageError


def test_an_input_error_prints_file_offset_reason_and_advice_in_one_line() -> None:
    error = MalformedError("bad tag\n  here", offset=12, advice="record it again").at("heap.pb.gz")
    assert str(error) == "heap.pb.gz: byte 12: bad tag here; record it again"


def test_the_innermost_source_wins() -> None:
    assert InputError("gone", source="a").at("b").source == "a"


def test_exit_codes_have_their_meaning() -> None:
    assert (GotraceError.exit_code, InputError.exit_code, UsageError.exit_code) == (4, 3, 2)
