"""The model of the allocator is held against fresh traces of real programs.

What must hold is what docs/fidelity.md says; it shows all programs and versions, here are the
hardest. `GOTRACE_GOROOTS` names more toolchains.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from gotrace.model.guided.tally import PREDICTIONS
from tests.fidelity.document import read_document
from tests.fidelity.recordings import ROOTS, Held, hold
from tests.goroots import GoRoot

EACH_ROOT = pytest.mark.parametrize("root", ROOTS, ids=lambda root: str(root.version))


def wrong(held: Held, prediction: str) -> int:
    return int(held.verified.outcome["disagreed"][PREDICTIONS.index(prediction)])


def ratio(held: Held, prediction: str) -> float:
    agreed = held.verified.outcome["agreed"][PREDICTIONS.index(prediction)]
    return float(agreed / (agreed + wrong(held, prediction)))


@EACH_ROOT
def test_on_one_p_the_model_foresees_every_step_of_the_allocator(
    root: GoRoot, tmp_path: Path
) -> None:
    held = hold("churn", root, tmp_path)
    assert ratio(held, "size_class") == ratio(held, "span_class") == 1
    # A goroutine that is interrupted in a refill tells of its object later. Which span it took is
    # then inferred from heapLive, and of two with as much room it can be the wrong one.
    assert wrong(held, "objects_per_span") <= 1  # of some 46,000
    assert ratio(held, "slot") >= 0.9999
    assert ratio(held, "refill") >= 0.99  # 0.995 on a machine that is not busy
    assert ratio(held, "page") >= 0.995
    assert ratio(held, "heap_live") >= 0.9999
    assert held.classes_equal == held.classes == 60


@pytest.mark.parametrize("root", ROOTS[:1], ids=lambda root: str(root.version))
def test_on_four_ps_classes_are_certain_and_slots_nearly(root: GoRoot, tmp_path: Path) -> None:
    held = hold("source", root, tmp_path)
    assert held.verified.contradictions_count == 0
    assert ratio(held, "slot") >= 0.9998  # 0.9999 on a machine that is not busy
    assert ratio(held, "page") >= 0.9


def test_the_document_says_of_every_version_what_was_measured() -> None:
    measured = read_document()
    assert {version.rpartition(".")[0] for version, _ in measured} >= {
        f"go1.{minor}" for minor in range(23, 28)
    }
