"""The shape of the house, kept by tests: who may import whom, what is public, how long things are.

The tables below are those of the design: data goes one way, heavy packages have one home, and so
has laziness. Every test prints all places that break its rule.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterable

from tests.layers import MODULES, ROOT, TESTS, Import, Module

LAYERS: dict[str, tuple[set[str], set[str]]] = {
    "errors": (set(), set()),
    "units": ({"errors"}, set()),
    "pprof_units": ({"errors", "units"}, set()),
    "kernels": ({"errors"}, set()),
    "tables": ({"kernels", "errors", "units", "pprof_units"}, {"numpy", "pyarrow"}),
    "readers": ({"kernels", "tables", "errors", "units"}, {"numpy", "google"}),
    "model": ({"kernels", "tables", "errors", "units"}, {"numpy"}),
    "analyses": (
        {"tables", "model", "kernels", "units", "pprof_units", "errors"},
        {"numpy"},
    ),
    "views": (
        {"tables", "analyses", "units", "pprof_units", "errors"},
        {"numpy", "matplotlib", "rich", "google"},
    ),
    "pipeline": (
        {"readers", "tables", "model", "analyses", "views", "kernels", "errors", "units"},
        set(),
    ),
    "trace_pipeline": (
        {"pipeline", "readers", "tables", "analyses", "views", "errors", "units"},
        set(),
    ),
    "replay_pipeline": (
        {"pipeline", "readers", "tables", "analyses", "model", "views", "errors", "units"},
        set(),
    ),
    "comparison_pipeline": (
        {
            "pipeline",
            "replay_pipeline",
            "readers",
            "tables",
            "analyses",
            "model",
            "views",
            "errors",
        },
        set(),
    ),
    "verify_pipeline": (
        {"pipeline", "readers", "tables", "analyses", "model", "kernels", "views", "errors"},
        {"numpy"},
    ),
    "gc_pipeline": (
        {"pipeline", "readers", "tables", "analyses", "model", "views", "errors"},
        set(),
    ),
    "whatif_pipeline": (
        {"pipeline", "readers", "tables", "analyses", "model", "views", "errors", "units"},
        set(),
    ),
    "budget": (
        {"pipeline", "readers", "tables", "analyses", "views", "errors"},
        set(),
    ),
    "wrestle": (
        {
            "pipeline",
            "replay_pipeline",
            "whatif_pipeline",
            "readers",
            "tables",
            "model",
            "analyses",
            "views",
            "errors",
            "units",
        },
        {"numpy"},
    ),
    "capture": ({"readers", "tables", "errors"}, set()),
    "trace_events": ({"readers", "tables", "views", "errors", "units"}, {"numpy"}),
    "cli": (
        {
            "pipeline",
            "trace_pipeline",
            "replay_pipeline",
            "comparison_pipeline",
            "verify_pipeline",
            "gc_pipeline",
            "whatif_pipeline",
            "budget",
            "wrestle",
            "capture",
            "trace_events",
            "views",
            "analyses",
            "tables",
            "kernels",
            "errors",
            "units",
        },
        {"typer", "rich", "click"},
    ),
    "": ({"pipeline", "gc_pipeline", "budget", "readers", "tables"}, set()),  # gotrace/__init__.py
    "__main__": ({"cli"}, set()),
}
"""Layer → (layers of ours it may import, packages from outside)."""

NOT_OURS: tuple[set[str], set[str]] = (set(), set())

NARROW: dict[tuple[str, str], set[str]] = {
    ("views", "analyses"): {"gotrace.analyses.result", "gotrace.analyses.budget.amounts"},
    ("cli", "analyses"): {
        "gotrace.analyses.result",
        "gotrace.analyses.top_options",
        "gotrace.analyses.explain.gc",  # asks no recording, so needs no pipeline
        "gotrace.analyses.explain.sizes",  # nor does it
    },
    ("cli", "kernels"): {"gotrace.kernels"},
    # What a service answers is taken as every address is, and not looked into.
    ("capture", "readers"): {"gotrace.readers.fetch", "gotrace.readers.limits"},
}
"""(layer, layer it imports) → the only modules there it may know."""

HEAVY: dict[str, tuple[str, ...]] = {
    "pandas": (),
    "matplotlib": (
        "gotrace.views.charts",
        "gotrace.views.replay_charts",
        "gotrace.views.gc_charts",
        "gotrace.views.whatif_charts",
        "gotrace.views.wrestle_charts",
    ),
    "pyarrow": (
        "gotrace.tables.arrow",
        "gotrace.tables.parquet_pages",
        "gotrace.tables.foreign_parquet",
        "gotrace.tables.store",
        "gotrace.tables.stream_store",
        "gotrace.tables.result_store",
    ),
    "google": ("gotrace.readers.pprof", "gotrace.views.pprof"),
}
"""Package from outside → the modules (or folders of modules) of ours that may import it."""

LAZY = (
    "gotrace",
    "gotrace.cli",
    "gotrace.tables.recording",  # Arrow only when asked for
    "gotrace.pipeline",
    "gotrace.trace_pipeline",  # Parquet only for conversion
    "gotrace.replay_pipeline",  # Parquet only for folders
    "gotrace.budget.intake",  # trace readers only for traces
    "gotrace.readers.allocations",  # Arrow only for Parquet
    "gotrace.readers.sources",  # urllib (60 ms) only for addresses
    "gotrace.views.terminal",  # rich (80 ms) only for people, never for pipes
    "gotrace.views.budget.printing",  # the same
)
"""Modules (`gotrace` itself, or folders of modules) that may import inside a function."""

DYNAMIC = ("gotrace", "gotrace.kernels")
"""Modules that may call `import_module`: the map, and the choice between two kernels."""

LONGEST_FILE = 400
LONGEST_FUNCTION = 60


KERNELS = [
    Module(str(path.relative_to(ROOT)), path)
    for pattern in ("*.pyx", "*.pxi")
    for path in sorted((ROOT / "gotrace").rglob(pattern))
]
"""What is compiled, the parts that a kernel includes among it."""


def told(wrong: list[str]) -> str:
    """All of it: pytest alone would cut a long list short."""
    return "\n".join(["", *wrong])


def imports(wrong: Callable[[Module, Import], bool]) -> list[str]:
    """The imports of our modules of which `wrong` is true, one line each."""
    return [
        f"{module.name}, line {found.line}: {found.target}"
        for module in MODULES
        for found in module.imports
        if wrong(module, found)
    ]


def package(name: str) -> str:
    return name.split(".")[0]


def layer(target: str) -> str:
    """`read` for `gotrace.readers.gunzip`, empty for other packages' modules."""
    return target.split(".")[1] if target.startswith("gotrace.") else ""


def is_in(name: str, homes: Iterable[str]) -> bool:
    """Whether module `name` is one of `homes` or in one; `gotrace` means `gotrace/__init__.py`."""
    return any(
        name == home or (home != "gotrace" and name.startswith(home + ".")) for home in homes
    )


def is_special(name: str) -> bool:
    return re.fullmatch(r"__\w+__", name) is not None


def test_every_module_belongs_to_a_layer() -> None:
    strangers = [module.name for module in MODULES if module.layer not in LAYERS]
    assert not strangers, told(strangers)


def test_a_layer_imports_only_the_layers_it_may() -> None:
    def is_wrong(module: Module, found: Import) -> bool:
        allowed, _ = LAYERS.get(module.layer, NOT_OURS)
        return layer(found.target) not in allowed | {module.layer, ""}

    wrong = imports(is_wrong)
    assert not wrong, told(wrong)


def test_a_narrow_door_lets_only_its_modules_through() -> None:
    def is_wrong(module: Module, found: Import) -> bool:
        allowed = NARROW.get((module.layer, layer(found.target)))
        return allowed is not None and found.target not in allowed

    wrong = imports(is_wrong)
    assert not wrong, told(wrong)


def test_imports_are_absolute() -> None:
    wrong = imports(lambda _, found: found.target.startswith("."))
    assert not wrong, told(wrong)


def test_a_layer_imports_only_the_outside_packages_it_may() -> None:
    own = set(sys.stdlib_module_names) | {"gotrace"}

    def is_wrong(module: Module, found: Import) -> bool:
        _, allowed = LAYERS.get(module.layer, NOT_OURS)
        return not found.is_typing and package(found.target) not in own | allowed

    wrong = imports(is_wrong)
    assert not wrong, told(wrong)


def test_a_heavy_package_has_one_home() -> None:
    def is_wrong(module: Module, found: Import) -> bool:
        homes = HEAVY.get(package(found.target))
        return homes is not None and not found.is_typing and not is_in(module.name, homes)

    wrong = imports(is_wrong)
    assert not wrong, told(wrong)


def test_imports_stand_at_the_top_except_in_the_lazy_places() -> None:
    wrong = imports(lambda module, found: found.is_lazy and not is_in(module.name, LAZY))
    assert not wrong, told(wrong)


def test_modules_are_chosen_at_run_time_in_two_places_only() -> None:
    calls = re.compile(r"\b(?:import_module|__import__)\b")
    assert {module.name for module in MODULES if calls.search(module.source)} <= set(DYNAMIC)


def test_a_kernel_imports_only_errors_kernels_and_c() -> None:
    pattern = re.compile(r"^\s*(?:from (\S+) c?import|c?import (\S+))", re.M)
    names = {
        one or other
        for path in (ROOT / "gotrace/kernels").glob("*.pyx")
        for one, other in pattern.findall(path.read_text(encoding="utf-8"))
    }
    ours = {name for name in names if package(name) == "gotrace"}
    assert {layer(name) for name in ours} <= {"errors", "kernels"}
    assert {package(name) for name in names - ours - set(sys.stdlib_module_names)} <= {
        "cpython",
        "cython",
        "libc",
    }


def test_every_module_says_what_it_is_for() -> None:
    named = [m for m in MODULES if m.tree.body or m.path.name != "__init__.py"]
    silent = [module.name for module in named if not ast.get_docstring(module.tree)]
    assert not silent, told(silent)


def test_every_public_function_and_class_is_in_all() -> None:
    missing = [
        f"{module.name}.{name}"
        for module in MODULES
        for name in sorted(module.documentable - set(module.exported or ()))
        if not name.startswith("_")
    ]
    assert not missing, told(missing)


def test_what_all_lists_is_there() -> None:
    unknown = [
        f"{module.name}.{name}"
        for module in MODULES
        if module.name != "gotrace"  # its names live elsewhere: test_public_names.py
        for name in set(module.exported or ()) - module.defined - module.imported_names
    ]
    assert not unknown, told(unknown)


def test_what_another_module_imports_is_in_all() -> None:
    by_name = {module.name: module for module in MODULES}
    hidden = [
        f"{module.name}, line {found.line}: {found.target}.{name}"
        for module in MODULES
        for found in module.imports
        if found.target in by_name
        for name in found.names
        if name not in (by_name[found.target].exported or ()) and not is_special(name)
    ]
    assert not hidden, told(hidden)


def test_a_file_holds_one_idea() -> None:
    lengths = [(m.name, len(m.source.splitlines())) for m in [*MODULES, *TESTS, *KERNELS]]
    long = [f"{name}: {lines} lines" for name, lines in lengths if lines > LONGEST_FILE]
    assert not long, told(long)


def test_a_function_can_be_read_at_once() -> None:
    long = [
        f"{module.name}.{function.name}: {lines} lines"
        for module in MODULES
        for function in module.functions
        if (lines := (function.end_lineno or 0) - function.lineno + 1) > LONGEST_FUNCTION
    ]
    assert not long, told(long)


def test_every_test_can_fail() -> None:
    helpers = {
        function.name
        for module in TESTS
        for function in module.functions
        if not function.name.startswith("test_")
        and any(isinstance(node, ast.Assert) for node in ast.walk(function))
    }
    toothless = [
        f"{module.name}.{function.name}"
        for module in TESTS
        for function in module.functions
        if function.name.startswith("test_") and not can_fail(function, helpers)
    ]
    assert not toothless, told(toothless)


def can_fail(function: ast.AST, helpers: set[str]) -> bool:
    """Whether a test asserts, expects an exception, or calls one of `helpers`, which do."""
    numpys = {"assert_allclose", "assert_array_equal"}
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", None) or getattr(node.func, "id", "")
            if name in helpers | numpys | {"raises", "fail"}:
                return True
    return False


def test_no_test_is_skipped() -> None:
    marks = {"skip", "skipif", "importorskip", "xfail"}
    skipped = [
        f"{module.name}, line {node.lineno}"
        for module in TESTS
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and node.attr in marks
    ]
    assert not skipped, told(skipped)
