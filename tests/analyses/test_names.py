"""Names of functions, files and programs come out as pprof shows them."""

from __future__ import annotations

import pytest

from gotrace.analyses.names import (
    base_name,
    clean_path,
    displayed_names,
    printable_name,
    simplified_name,
    trimmed_path,
)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("main.(*T).Get", "main.(*T).Get"),
        ("main.Map[...]", "main.Map[...]"),
        ("main.(*List[...]).Push", "main.(*List[...]).Push"),
        ("main.(*T).Map[...]", "main..Map[...]"),
        ("std::vector<int>::push(int)", "std::vector::push"),
        ("java.lang.Object.<init>", "java.lang.Object.<init>"),
        ("a::b(c(d)e)f(g)", "a::bf"),
        ("a::b)(c)", "a::b)(c)"),
        ("a::(b(c)", "a::(b(c)"),
        ("_ZN1a1bEv", "_ZN1a1bEv"),
    ],
)
def test_what_looks_like_cpp_loses_its_arguments(name: str, shown: str) -> None:
    assert list(displayed_names([name], [name])) == [shown]


def test_a_name_that_differs_from_the_linkers_is_kept() -> None:
    assert list(displayed_names(["a::b<c>", ""], ["_Z1", "x::y<z>"])) == ["a::b<c>", "x::y"]


@pytest.mark.parametrize(
    ("name", "simplified"),
    [
        ("main.(*T).Get", "main."),
        (".f", "f"),
        ("(anonymous namespace)::f(int)", "(anonymous namespace)::f"),
        ("x::operator()(int)", "x::operator()"),
        ("plain", "plain"),
    ],
)
def test_names_are_simplified_up_to_the_first_bracket(name: str, simplified: str) -> None:
    assert simplified_name(name) == simplified


@pytest.mark.parametrize(
    ("path", "cleaned"),
    [("", ""), ("//a//b/./c/..", "/a/b"), ("a/../..", ".."), ("/..", "/"), ("./a.go", "a.go")],
)
def test_paths_are_cleaned_as_by_go(path: str, cleaned: str) -> None:
    assert clean_path(path) == cleaned


@pytest.mark.parametrize(
    ("path", "base"), [("", "."), ("/", "/"), ("/bin/app", "app"), ("app//", "app"), ("a", "a")]
)
def test_the_base_of_a_path_is_gos(path: str, base: str) -> None:
    assert base_name(path) == base


@pytest.mark.parametrize(
    ("trim_path", "source_path", "trimmed"),
    [
        ("", "", "/proj/src/a.go"),
        ("/proj", "", "src/a.go"),
        ("/other:/proj/", "", "src/a.go"),
        ("", "/here/src", "a.go"),
        ("/proj", "/here/src", "src/a.go"),
    ],
)
def test_prefixes_of_the_build_machine_go(trim_path: str, source_path: str, trimmed: str) -> None:
    assert trimmed_path("/proj/src/a.go", trim_path, source_path) == trimmed
    assert trimmed_path("/proc/self/cwd/./b.go", trim_path, source_path) == "b.go"


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        ((0x10, "f", "a.go", 7, 2, ""), "0000000000000010 f a.go:7:2"),
        ((0, "f", "a.go", 0, 0, ""), "f a.go"),
        ((0, "f", "", 0, 0, "/bin/app"), "f"),
        ((0, "", "", 0, 0, "/bin/app"), "[app]"),
        ((0x10, "", "", 0, 0, ""), "0000000000000010 <unknown>"),
        ((0, "", "", 3, 0, ""), ":3"),
    ],
)
def test_a_row_is_called_by_what_is_known(
    parts: tuple[int, str, str, int, int, str], name: str
) -> None:
    assert printable_name(*parts) == name
