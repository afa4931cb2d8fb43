"""gotrace's own source as syntax trees: what the tests of its shape (`test_layers.py`) look at."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

__all__ = ["MODULES", "ROOT", "TESTS", "Import", "Module"]

ROOT = Path(__file__).resolve().parent.parent
GENERATED = "_pb2"


@dataclass(frozen=True)
class Import:
    """One imported module: `from a import b` is `a.b` where `b` is a module of ours, else `a`."""

    target: str
    line: int
    is_lazy: bool
    """Inside a function: happens when it is called."""
    is_typing: bool
    """Under `if TYPE_CHECKING:`: never happens."""
    names: tuple[str, ...] = ()
    """What `from target import ...` takes out of it."""


@dataclass(frozen=True)
class Module:
    """One Python file."""

    name: str
    path: Path

    @cached_property
    def source(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.source, str(self.path))

    @property
    def is_generated(self) -> bool:
        return self.path.stem.endswith(GENERATED)

    @property
    def layer(self) -> str:
        """The second part of the dotted name: `read` for `gotrace.readers.gunzip`."""
        return [*self.name.split("."), ""][1]

    @cached_property
    def imports(self) -> list[Import]:
        return list(_imports(self.tree, is_lazy=False, is_typing=False))

    @cached_property
    def functions(self) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
        return [node for node in ast.walk(self.tree) if isinstance(node, kinds)]

    @cached_property
    def exported(self) -> list[str] | None:
        """`__all__`, or None where there is none."""
        for node in self.tree.body:
            if isinstance(node, ast.Assign) and _names(node) == {"__all__"}:
                return [str(name) for name in ast.literal_eval(node.value)]
        return None

    @cached_property
    def documentable(self) -> set[str]:
        """Functions and classes at the top of the module."""
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        return {node.name for node in self.tree.body if isinstance(node, kinds)}

    @cached_property
    def defined(self) -> set[str]:
        """Functions, classes and constants at the top of the module."""
        constants = [n for n in self.tree.body if isinstance(n, ast.Assign | ast.AnnAssign)]
        return self.documentable.union(*map(_names, constants))

    @cached_property
    def imported_names(self) -> set[str]:
        """Names that `from ... import` brings in."""
        return {name for found in self.imports for name in found.names}


def _imports(node: ast.AST, is_lazy: bool, is_typing: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(alias.name, child.lineno, is_lazy, is_typing)
        elif isinstance(child, ast.ImportFrom):
            base = "." * child.level + (child.module or "")
            yield from _imports_from(base, child, is_lazy, is_typing)
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            for part in child.body:
                yield from _imports(ast.Module([part], []), is_lazy, True)
            for part in child.orelse:
                yield from _imports(ast.Module([part], []), is_lazy, is_typing)
        else:
            function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from _imports(child, is_lazy or function, is_typing)


def _imports_from(
    base: str, node: ast.ImportFrom, is_lazy: bool, is_typing: bool
) -> Iterator[Import]:
    """`from gotrace.readers import limits` imports the module `gotrace.readers.limits`."""
    names = [alias.name for alias in node.names]
    modules = [name for name in names if _is_module(base, name)]
    for name in modules:
        yield Import(f"{base}.{name}", node.lineno, is_lazy, is_typing)
    if taken := tuple(name for name in names if name not in modules):
        yield Import(base, node.lineno, is_lazy, is_typing, taken)


def _is_module(base: str, name: str) -> bool:
    if not base.startswith("gotrace"):
        return False
    path = ROOT.joinpath(*base.split("."), name)
    return path.is_dir() or any(path.with_suffix(end).exists() for end in (".py", ".pyx"))


def _names(node: ast.Assign | ast.AnnAssign) -> set[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return {part.id for t in targets for part in ast.walk(t) if isinstance(part, ast.Name)}


def _below(folder: str) -> list[Module]:
    found = []
    for path in sorted((ROOT / folder).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found.append(Module(".".join(p for p in parts if p != "__init__"), path))
    return found


MODULES = [module for module in _below("gotrace") if not module.is_generated]
"""Every module of the package, generated ones left out."""
TESTS = _below("tests")
"""Every Python file of the tests."""
