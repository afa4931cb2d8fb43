"""The names people write in notebooks resolve, are documented, and are listed."""

from __future__ import annotations

import importlib
import inspect

import pytest

import gotrace
from tests.layers import MODULES, Module

WITH_NAMES = [module for module in MODULES if module.exported and module.path.stem != "__main__"]


@pytest.mark.parametrize("name", gotrace.__all__)
def test_a_name_of_gotrace_resolves_and_is_documented(name: str) -> None:
    value = getattr(gotrace, name)
    assert name in dir(gotrace)
    assert isinstance(value, str) or inspect.getdoc(value)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        gotrace.no_such_name  # noqa: B018


@pytest.mark.parametrize("module", WITH_NAMES, ids=lambda module: module.name)
def test_every_public_object_is_documented(module: Module) -> None:
    loaded = importlib.import_module(module.name)
    silent = [
        name
        for name in module.exported or ()
        if callable(value := getattr(loaded, name))
        and getattr(value, "__module__", "").startswith("gotrace")
        and not inspect.getdoc(value)
    ]
    assert silent == []
