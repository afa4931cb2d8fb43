"""Packages of functions, whatever their names hold."""

from __future__ import annotations

import pytest

from gotrace.tables.function_names import package_of


@pytest.mark.parametrize(
    ("function", "package"),
    [
        ("main.main", "main"),
        ("example.com/m/p.(*T).F", "example.com/m/p"),
        ("example.com/m/p.F[go.shape.struct { example.com/q.X int }]", "example.com/m/p"),
        ("gopkg.in/yaml%2ev3.Marshal", "gopkg.in/yaml.v3"),
        ("example.com/m%25/p%22q.F", 'example.com/m%/p"q'),
        ("example.com/%e4%b8%ad.F", "example.com/\u4e2d"),
        ("example.com/m/p_test.BenchmarkF.func1", "example.com/m/p_test"),
        ("nothing", ""),
        ("", ""),
        ("[unknown]", ""),
    ],
)
def test_the_package_of_a_function(function: str, package: str) -> None:
    assert package_of(function) == package
