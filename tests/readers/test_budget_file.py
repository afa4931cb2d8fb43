"""`gotrace.toml` → budgets; what is wrong in it is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from gotrace.errors import UsageError
from gotrace.readers.budget_file import BUDGET_KEYS, BudgetFile, read_budget_file
from gotrace.tables.budget import Limit, Mode, Place, Scope
from gotrace.tables.budget_metrics import METRICS, Combine

HEAD = '[budget.b]\nmetric = "{metric}"\n'


def read(tmp_path: Path, text: str) -> BudgetFile:
    path = tmp_path / "gotrace.toml"
    path.write_text(text, "utf-8")
    return read_budget_file(str(path))


def refusal(tmp_path: Path, text: str) -> str:
    """The message after the path, so that it begins with the line."""
    with pytest.raises(UsageError) as caught:
        read(tmp_path, text)
    message = str(caught.value)
    path = str(tmp_path / "gotrace.toml")
    assert message.startswith(path)
    return message.removeprefix(path).removeprefix(":")


def test_a_budget_is_read_with_everything_it_says(tmp_path: Path) -> None:
    text = """\
[settings]
baseline = "limits"
cannot_tell = "pass"

# What encoding may allocate.
[budget.encode]
metric = "B/op"
benchmark = "^BenchmarkEncode$"
package = "codec"
max = "12 KiB"
max_increase = "5%"
floor = 64
"""
    file = read(tmp_path, text)
    (budget,) = file.budgets
    assert file.baseline == "limits"
    assert budget.name == "encode"
    assert budget.metric is METRICS["B/op"]
    assert budget.limit == Limit(12 * 1024, 0.05, 64)
    assert budget.scope == Scope(benchmark="^BenchmarkEncode$", package="codec")
    assert budget.mode is Mode.GATE
    assert budget.passes_if_unclear
    assert not budget.is_allowed_empty
    assert budget.place == Place(file.path, 6)
    assert budget.text == {"max": "12 KiB", "max_increase": "5%", "floor": "64"}


def test_a_budget_may_say_otherwise_than_the_settings(tmp_path: Path) -> None:
    text = '[settings]\ncannot_tell = "pass"\n[budget.b]\nmetric = "goroutines"\nmax = 3\n'
    text += 'cannot_tell = "fail"\nallow_empty = true\nmode = "advise"\n'
    (budget,) = read(tmp_path, text).budgets
    assert not budget.passes_if_unclear
    assert budget.is_allowed_empty
    assert budget.mode is Mode.ADVISE


def test_times_advise_unless_they_are_told_to_gate(tmp_path: Path) -> None:
    text = '[budget.a]\nmetric = "ns/op"\nmax = "1 ms"\n'
    text += '[budget.b]\nmetric = "ns/op"\nmax = "1 ms"\nmode = "gate"\n'
    text += '[budget.c]\nmetric = "mmu"\nwindow = "10 ms"\nmin = "80%"\n'
    first, second, third = read(tmp_path, text).budgets
    assert (first.mode, second.mode, third.mode) == (Mode.ADVISE, Mode.GATE, Mode.ADVISE)
    assert first.limit.value == 1_000_000
    assert third.scope.window_ns == 10_000_000
    assert third.limit.value == pytest.approx(0.8)


def test_a_unit_of_a_benchmark_is_a_metric_beside_a_benchmark(tmp_path: Path) -> None:
    text = HEAD.format(metric="max-heap-bytes") + 'benchmark = "."\nmax = "12 MiB"\n'
    (budget,) = read(tmp_path, text).budgets
    assert budget.limit.value == 12 << 20
    assert budget.metric.combine is Combine.MEDIAN
    text = HEAD.format(metric="rows/s") + 'benchmark = "."\nmin = 1000\n'
    (budget,) = read(tmp_path, text).budgets
    assert budget.metric.is_better_higher
    assert budget.mode is Mode.ADVISE


def test_the_limit_of_a_benchmark_s_own_unit_says_what_is_better(tmp_path: Path) -> None:
    text = HEAD.format(metric="hits/lookup") + 'benchmark = "."\n'
    assert not read(tmp_path, text + "max = 3\n").budgets[0].metric.is_better_higher
    for limit in ("min = 0.5", 'max_decrease = "5%"'):
        assert read(tmp_path, text + limit).budgets[0].metric.is_better_higher
    assert "less is better" in refusal(tmp_path, text + "max = 3\nmin = 0.5\n")


@pytest.mark.parametrize(
    ("metric", "written", "value"),
    [
        ("alloc_space", '"1.5 MiB"', 1.5 * 2**20),
        ("alloc_space", "0", 0),
        ("inuse_objects", '"1,200"', 1200),
        ("allocs/op", '"12 allocs/op"', 12),
        ("B/op", '"2KiB/op"', 2048),
        ("ns/op", '"250ns"', 250),
        ("worst_pause", '"5 ms"', 5_000_000),
        ("gc_cpu_ratio", '"3%"', 0.03),
        ("gc_cpu_ratio", "0.25", 0.25),
    ],
)
def test_limits_are_in_the_unit_of_their_metric(
    tmp_path: Path, metric: str, written: str, value: float
) -> None:
    (budget,) = read(tmp_path, HEAD.format(metric=metric) + f"max = {written}\n").budgets
    assert budget.limit.value == pytest.approx(value)


REFUSED = [
    ("metric='goroutines'\nmax=1", "1: `metric` is no key here"),
    ("[budgets.b]\nmax=1", "1: `budgets` is no key here; did you mean `budget`?"),
    ("[settings]\nbase = 'x'", "2: `base` is no key here; did you mean `baseline`?"),
    ("[settings]\nbaseline = 3\n[budget.b]", "2: `baseline` is the name of a folder"),
    ("[settings]\ncannot_tell = 'no'", "2: `cannot_tell` is `fail` or `pass`"),
    ("[settings]\n", "1: no budget: write one as `[budget.NAME]`"),
    ("", "1: no budget"),
    ("budget = 3", "1: `budget` is a table: write `[budget]`"),
    ("[budget]\nb = 3", "2: `budget.b` is a table"),
    ("[budget.b]\nmax = 1", "1: budget `b` needs a `metric`"),
    ("[budget.b]\nmax = 1\nmetric = ''", "3: budget `b` needs a `metric`"),
    ("[budget.b]\nmetric = 'alloc_spaces'\nmax = 1", "2: `alloc_spaces` is no metric; did you"),
    ("[budget.b]\nmetric = 'rows/op'\nmax = 1", "needs `benchmark` beside it"),
    ("[budget.b]\nmetric = 'goroutines'\nmaks = 1", "3: `maks` is no key here; did you mean `max`"),
    ("[budget.b]\nmetric = 'goroutines'", "1: budget `b` limits nothing: give `max`"),
    ("[budget.b]\nmetric = 'goroutines'\nmin = 1", "3: of `goroutines` less is better: limit it"),
    ("[budget.b]\nmetric = 'goroutines'\nmax = 1\nmin = 1", "4: of `goroutines` less is better"),
    ("[budget.b]\nmetric = 'mmu'\nwindow='1ms'\nmax = '3%'", "4: of `mmu` more is better"),
    ("[budget.b]\nmetric = 'mmu'\nmin = '3%'", "1: `mmu` needs a `window`"),
    ("[budget.b]\nmetric = 'goroutines'\nmax_decrease = '1%'", "limit it with `max_increase`"),
    ("[budget.b]\nmetric = 'goroutines'\nmax = 1\nfloor = 1", "4: `floor` needs `max_increase`"),
    ("[budget.b]\nmetric = 'alloc_space'\nmax = '12 ms'", "3: `12 ms` is not a size"),
    ("[budget.b]\nmetric = 'worst_pause'\nmax = '12 MiB'", "3: `12 MiB` is not a duration"),
    ("[budget.b]\nmetric = 'worst_pause'\nmax = 12", "3: `max` is a time: name its unit"),
    ("[budget.b]\nmetric = 'allocs/op'\nmax = '12 MiB'", "3: `12 MiB` is no amount of allocs/op"),
    ("[budget.b]\nmetric = 'goroutines'\nmax = true", "3: `max` is a number or a text"),
    ("[budget.b]\nmetric = 'goroutines'\nmax = nan", "3: `max` is a finite number"),
    ("[budget.b]\nmetric = 'goroutines'\nmax = inf", "3: `max` is a finite number"),
    ("[budget.b]\nmetric = 'goroutines'\nmax = -1", "3: `max` is a finite number, not below 0"),
    (f"[budget.b]\nmetric = 'goroutines'\nmax = 1{'0' * 400}", "3: `max` is a finite number"),
    ("[budget.b]\nmetric = 'gc_cpu_ratio'\nmax = '3'", '3: `max` is a percentage in quotes'),
    ("[budget.b]\nmetric = 'goroutines'\nmax_increase = 5", "3: `max_increase` is a percentage"),
    ("[budget.b]\nmetric = 'goroutines'\nmax = 1\nbenchmark = 'x'", "4: `goroutines` cannot be"),
    ("[budget.b]\nmetric = 'sys'\nmax = 1\nfunction = 'x'", "narrowed by `function` (by n"),
    ("[budget.b]\nmetric = 'alloc_space'\nmax = 1\nlabel = 'x'", "4: `x` is no label: write `key="),
    ("[budget.b]\nmetric = 'alloc_space'\nmax = 1\nfunction = 3", "4: `function` is a text"),
    ("[budget.b]\nmetric = 'alloc_space'\nmax = 1\nsize_class = 68", "4: `size_class` is a number"),
    ("[budget.b]\nmetric = 'goroutines'\nmax = 1\nmode = 'warn'", "4: `mode` is `gate` or"),
    ("[budget.b]\nmetric = 'goroutines'\nmax = 1\nallow_empty = 1", "4: `allow_empty` is true or"),
    ("[budget.b]\nmetric = 'goroutines'\nmax = [1]\n", "3: `max` is a number or a text"),
    ("[budget.'']\nmetric = 'sys'\nmax = 1", "1: a budget has a name"),
    ("[budget.'a (b)']\nmetric = 'sys'\nmax = 1", "1: a budget has a name, and none like"),
    ("[budget.b]\n\nmetric = \n", "3: is no TOML: Invalid value"),
    ("[budget.b]\n[budget.b]\n", "2: is no TOML: Cannot declare"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), REFUSED, ids=[message for _, message in REFUSED])
def test_what_is_wrong_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    found = refusal(tmp_path, text)
    assert message in found
    if message[0].isdigit():
        assert found.startswith(message)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "gotrace.toml"
    with pytest.raises(UsageError, match=r"No such file.*`gotrace budget init` makes one"):
        read_budget_file(str(path))
    path.write_bytes(b"[budget.\xff]")
    with pytest.raises(UsageError, match="byte 8: is not UTF-8"):
        read_budget_file(str(path))
    path.write_bytes(b"#" * (1 << 20) + b"#")
    with pytest.raises(UsageError, match="too large"):
        read_budget_file(str(path))
    path.write_text("a = " + "[" * 100_000)
    with pytest.raises(UsageError, match=r"nested too deeply|no TOML"):
        read_budget_file(str(path))


def test_a_byte_order_mark_is_no_part_of_the_file(tmp_path: Path) -> None:
    text = "\ufeff[budget.b]\nmetric = 'goroutines'\nmax = 1\n"
    assert read(tmp_path, text).budgets[0].place.line == 1


def test_every_key_that_is_declared_can_be_read(tmp_path: Path) -> None:
    values = {
        "metric": ["'alloc_space'", "'B/op'", "'mmu'"], "max": ["1", "1"], "min": ["", "", "'3%'"],
        "max_increase": ["'5%'"], "max_decrease": ["", "", "'5%'"], "floor": ["1"],
        "benchmark": ["", "'x'"], "package": ["'x'", "'x'"], "function": ["'x'"],
        "call_site": ["'x'"], "label": ["'k=v'"], "size_class": ["3"],
        "window": ["", "", "'10 ms'"], "mode": ["'gate'"], "cannot_tell": ["'fail'"],
        "allow_empty": ["true"],
    }  # fmt: skip
    assert set(values) == set(BUDGET_KEYS)
    text = ""
    for number in range(3):
        text += f"[budget.b{number}]\n"
        for key, written in values.items():
            if number < len(written) and written[number]:
                text += f"{key} = {written[number]}\n"
    assert len(read(tmp_path, text).budgets) == 3
