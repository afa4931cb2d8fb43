"""The schema of `gotrace.toml`: current, valid, and of one mind with the reader."""

from __future__ import annotations

import tomllib
from pathlib import Path

import jsonschema
import pytest

from gotrace.readers.budget_schema import budget_schema, schema_text

ROOT = Path(__file__).parents[2]
VALIDATOR = jsonschema.Draft202012Validator(budget_schema())

EXAMPLE = """\
[settings]
baseline = "budgets"
cannot_tell = "fail"
[budget.encode]
metric = "allocs/op"
benchmark = "^BenchmarkEncode$"
max = 12
[budget.heap]
metric = "inuse_space"
package = "cache"
max = "12.5 MiB"
max_increase = "5%"
floor = "64KiB"
[budget.mmu]
metric = "mmu"
window = "10 ms"
min = "70%"
mode = "advise"
allow_empty = true
[budget.own]
metric = "max-heap-bytes"
benchmark = "."
max = "1,200"
"""


def test_the_file_is_what_the_module_prints() -> None:
    written = (ROOT / "schemas/budget.schema.json").read_text("utf-8")
    assert written == schema_text(), "run `python -m gotrace.readers.budget_schema`"


def test_it_is_a_schema_and_passes_a_good_file() -> None:
    jsonschema.Draft202012Validator.check_schema(budget_schema())
    assert not list(VALIDATOR.iter_errors(tomllib.loads(EXAMPLE)))


def test_it_passes_the_budgets_of_the_sample_programs() -> None:
    found = sorted((ROOT / "sample_traces/programs").rglob("gotrace.toml"))
    assert found
    for path in found:
        assert not list(VALIDATOR.iter_errors(tomllib.loads(path.read_text("utf-8")))), path


@pytest.mark.parametrize(
    "text",
    [
        "[budget]",
        "[settings]\nbase = 'x'\n[budget.b]\nmetric='x'\nmax=1",
        "[budget.b]\nmax = 1",
        "[budget.b]\nmetric = 'goroutines'",
        "[budget.b]\nmetric = 'goroutines'\nmaks = 1",
        "[budget.b]\nmetric = 'goroutines'\nmax = -1",
        "[budget.b]\nmetric = 'goroutines'\nmax = true",
        "[budget.b]\nmetric = 'goroutines'\nmax_increase = 5",
        "[budget.b]\nmetric = 'goroutines'\nmax = 1\nmode = 'warn'",
        "[budget.b]\nmetric = 'goroutines'\nmax = 1\nlabel = 'x'",
        "[budget.b]\nmetric = 'goroutines'\nmax = 1\nsize_class = 68",
        "[budget.b]\nmetric = 'mmu'\nmin = '1%'\nwindow = '3 days'",
    ],
)
def test_it_refuses_what_the_reader_refuses_by_form(text: str) -> None:
    assert list(VALIDATOR.iter_errors(tomllib.loads(text)))
