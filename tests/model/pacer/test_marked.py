"""What a mark counts, held against real collections."""

from __future__ import annotations

from pathlib import Path

import pytest

from gotrace.model.pacer.marked import marked_bytes
from tests.goroots import GOROOTS, GoRoot

PROGRAM = Path(__file__).parent / "go_programs" / "finalizers.go"


@pytest.mark.parametrize("root", GOROOTS, ids=lambda root: str(root.version))
def test_objects_with_pointers_and_a_finalizer_are_counted_twice(root: GoRoot) -> None:
    before, pointers, data = map(int, root.run(PROGRAM).split())
    slots = [64] * 100
    assert pointers - before == marked_bytes(slots, slots) - marked_bytes(slots) == 6400
    assert data == pointers, "those without pointers are not scanned"
