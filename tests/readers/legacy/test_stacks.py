"""Which names go with which addresses, and what Go hides from its text."""

from __future__ import annotations

import pytest

from gotrace.errors import LimitError, MalformedError
from gotrace.readers.draft import ProfileDraft
from gotrace.readers.legacy import read_text
from gotrace.readers.limits import DEFAULT, Limits
from gotrace.readers.recognise import Format


def read(*parts: str, limits: Limits = DEFAULT) -> ProfileDraft:
    total = sum(part.startswith("1 @") for part in parts)
    text = f"goroutine profile: total {total}\n" + "".join(part + "\n" for part in parts)
    return read_text(text.encode(), Format.COUNT_TEXT, limits)


def frame(address: int, name: str, line: int = 1, padding: str = "\t") -> str:
    return f"#\t{address:#x}\t{name}+0x1f{padding}/src/{name}.go:{line}"


def stacks(draft: ProfileDraft) -> list[list[str]]:
    """Each stack with its names, leaf first; addresses where there are none."""
    return [_spelled(draft, row) for row in range(len(draft.sample_locations))]


def _spelled(draft: ProfileDraft, row: int) -> list[str]:
    offsets = draft.location_line_offsets
    result = []
    for location in draft.sample_locations[row]:
        functions = draft.line_function[offsets[location] : offsets[location + 1]]
        names = [draft.function_name[function] for function in functions]
        result += names or [hex(draft.location_address[location])]
    return result


def slugs(draft: ProfileDraft) -> list[str]:
    return [note.slug for note in draft.notes]


def test_addresses_are_those_of_the_calls() -> None:
    """One byte before the return address, as in pprof."""
    assert stacks(read("1 @ 0x101 0x201")) == [["0x100", "0x200"]]


def test_frames_of_the_runtime_at_the_leaf_are_left_out_where_go_hides_them() -> None:
    draft = read("1 @ 0x11 0x21 0x101 0x201", frame(0x100, "main.f"), frame(0x200, "main.g"))
    assert stacks(draft) == [["main.f", "main.g"]]
    assert draft.location_address.tolist() == [0x100, 0x200]
    assert [(note.slug, note.count) for note in draft.notes] == [("runtime-frames-hidden", 1)]


def test_goexit_at_the_root_is_left_out() -> None:
    draft = read("1 @ 0x101 0x201 0x991", frame(0x100, "main.f"), frame(0x200, "main.g"))
    assert stacks(draft) == [["main.f", "main.g"]]
    assert slugs(draft) == []


def test_a_stack_without_names_is_kept_whole_even_beside_named_ones() -> None:
    draft = read("1 @ 0x101 0x991", frame(0x100, "main.f"), "1 @ 0x11 0x101 0x991")
    assert stacks(draft) == [["main.f"], ["0x10", "main.f", "0x990"]]


def test_a_nameless_frame_in_the_middle_keeps_its_address() -> None:
    draft = read(
        "1 @ 0x101 0x151 0x201", frame(0x100, "main.f"), "#\t0x150", frame(0x200, "main.g")
    )
    assert stacks(draft) == [["main.f", "0x150", "main.g"]]


def test_a_shown_leaf_without_name_is_not_hidden() -> None:
    draft = read("1 @ 0x101 0x201", "#\t0x100", frame(0x200, "main.g"))
    assert stacks(draft) == [["0x100", "main.g"]]


def test_several_names_of_one_address_are_calls_inlined_there() -> None:
    """As Go before 1.21 prints them: innermost first."""
    draft = read(
        "1 @ 0x101 0x201",
        frame(0x100, "main.inner"),
        frame(0x100, "main.middle"),
        frame(0x100, "main.outer"),
        frame(0x200, "main.g"),
        "1 @ 0x101",
        frame(0x100, "main.inner", padding="\t\t"),
        frame(0x100, "main.middle", padding="\t\t"),
        frame(0x100, "main.outer", padding="\t\t"),
    )
    inlined = ["main.inner", "main.middle", "main.outer"]
    assert stacks(draft) == [[*inlined, "main.g"], inlined]
    assert slugs(draft) == []


def test_recursion_through_an_inlined_call_is_told_apart_by_line() -> None:
    draft = read("1 @ 0x101", frame(0x100, "main.f", 5), frame(0x100, "main.f", 9))
    assert stacks(draft) == [["main.f", "main.f"]]
    assert draft.line_number.tolist() == [5, 9]


def test_calls_inlined_as_go_since_1_21_prints_them_have_addresses_of_their_own() -> None:
    draft = read("1 @ 0x102 0x101", frame(0x101, "main.inner"), frame(0x100, "main.outer"))
    assert stacks(draft) == [["main.inner", "main.outer"]]


def test_behind_a_signal_the_printed_address_may_be_the_return_address() -> None:
    """Go does not step back from a function's entry; pprof always does."""
    draft = read("1 @ 0x100 0x201", frame(0x100, "main.entry"), frame(0x200, "main.g"))
    assert stacks(draft) == [["main.entry", "main.g"]]
    assert draft.location_address.tolist() == [0xFF, 0x200]


def test_an_address_with_two_names_keeps_the_first() -> None:
    draft = read("1 @ 0x101", frame(0x100, "main.f"), "1 @ 0x101", frame(0x100, "main.other"))
    assert stacks(draft) == [["main.f"], ["main.f"]]
    assert slugs(draft) == ["address-with-two-names"]
    assert draft.notes[0].where == "line 5"
    assert draft.function_name.tolist() == ["main.f"]


def test_names_that_are_not_kept_take_no_room() -> None:
    """A text of 38 MB had half a million of them, for one address."""
    others = [frame(0x100, f"main.f{n}") for n in range(200)]
    draft = read("1 @ 0x101", frame(0x100, "main.f"), "1 @ 0x101", *others)
    assert draft.function_name.tolist() == ["main.f"]
    assert [(note.slug, note.count) for note in draft.notes] == [("address-with-two-names", 200)]


def test_a_text_of_too_many_samples_is_refused_with_a_way_out() -> None:
    with pytest.raises(LimitError, match=r"limit `text_samples`.*without debug=1"):
        read(*["1 @ 0x101"] * 4, limits=Limits(text_samples=3))


@pytest.mark.parametrize(
    ("line", "name", "filename", "number"),
    [
        ("#\t0x100\tmain.(*T[...]).f+0x1f\t\t\t/a b/c.go:12", "main.(*T[...]).f", "/a b/c.go", 12),
        (
            "#\t0x100\tmain.F[struct { x int }]+0x0\tC:/x.go:3",
            "main.F[struct { x int }]",
            "C:/x.go",
            3,
        ),
        ("#  0x100  main.f+0x1f   x.go:3  ", "main.f", "x.go", 3),
        ("#\t0x100\tmain.a+0xb+0x1f\tx.go:3", "main.a+0xb", "x.go", 3),
        ("#\t0x100\tmain.f+0x1f\t_cgo_export.c", "main.f", "_cgo_export.c", 0),
        (
            "#\t0x100\tmain.f+0x1f\tx.go:99999999999999999999",
            "main.f",
            "x.go:99999999999999999999",
            0,
        ),
        ("#\t0x100\tgrün.f+0x1f\tx.go:3", "grün.f", "x.go", 3),
    ],
)
def test_a_frame_is_name_file_and_line(line, name, filename, number) -> None:
    draft = read("1 @ 0x101", line)
    assert draft.function_name.tolist() == [name]
    assert draft.function_filename.tolist() == [filename]
    assert draft.line_number.tolist() == [number]


def test_windows_line_ends_leave_no_trace() -> None:
    text = "goroutine profile: total 1\r\n1 @ 0x101\r\n" + frame(0x100, "main.f") + "\r\n"
    draft = read_text(text.encode(), Format.COUNT_TEXT)
    assert draft.function_filename.tolist() == ["/src/main.f.go"]


def test_addresses_wrap_at_0_as_in_pprof() -> None:
    assert stacks(read("1 @ 0x0")) == [[hex((1 << 64) - 1)]]


def test_an_address_is_the_same_however_many_zeros_it_has() -> None:
    draft = read("1 @ 0x0101 0x101 0x00000000000000000101")
    assert stacks(draft) == [["0x100"] * 3]
    assert len(draft.location_address) == 1


def test_an_address_of_more_than_64_bits_is_malformed() -> None:
    with pytest.raises(MalformedError, match=r"line 2: .* has more than 64 bits"):
        read("1 @ 0x10000000000000000")


@pytest.mark.parametrize(
    "limits", [Limits(text_samples=2), Limits(locations=2), Limits(stack_entries=2)]
)
def test_limits_hold(limits) -> None:
    with pytest.raises(LimitError, match="more than 2 "):
        read("1 @ 0x1", "1 @ 0x2", "1 @ 0x3", limits=limits)


def test_a_long_line_is_refused_with_its_number() -> None:
    with pytest.raises(LimitError, match="line 3: more than 1000 bytes in one line"):
        read("1 @ 0x1", "#" * 2000, "1 @ 0x2", limits=Limits(text_line_bytes=1000))


def test_a_two_mebibyte_line_is_refused_by_default() -> None:
    with pytest.raises(LimitError, match="line 2: more than 1048576 bytes in one line"):
        read("1 @" + " 0x1" * (1 << 19))


def test_lines_across_blocks_are_whole() -> None:
    """The text is split a mebibyte at a time."""
    count = 40_000
    parts = [f"1 @ 0x{0x1000 + row:x} 0x201\n" + frame(0x200, "main.g") for row in range(count)]
    draft = read(*parts)
    assert len(draft.sample_locations) == count
    assert set(draft.sample_locations.lengths.tolist()) == {1}
