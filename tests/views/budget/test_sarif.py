"""SARIF: held against the constraints of the standard, and what becomes a result."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from gotrace.tables.budget import Checked
from gotrace.views.budget.paths import UNKNOWN, Project
from gotrace.views.budget.sarif import sarif
from tests.views.budget.checks import (
    HOSTILE_TEXTS,
    PROJECT,
    hostile_check,
    many_failures,
    small_check,
    without_failures,
)
from tests.views.budget.sarif_schema import SARIF


def results(checked: Checked, project: Project = PROJECT) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(sarif(checked, project))["runs"][0]["results"]
    return found


@pytest.mark.parametrize("hostile", HOSTILE_TEXTS)
def test_a_log_keeps_the_standard_whatever_things_are_called(hostile: str) -> None:
    log = json.loads(sarif(hostile_check(HOSTILE_TEXTS[hostile]), PROJECT))
    assert Draft202012Validator(SARIF).is_valid(log)


def test_a_log_keeps_the_standard() -> None:
    Draft202012Validator.check_schema(SARIF)
    for checked in (small_check(), without_failures(), many_failures(12), Checked((), "")):
        Draft202012Validator(SARIF).validate(json.loads(sarif(checked, PROJECT)))
    wrong = json.loads(sarif(small_check(), PROJECT))
    wrong["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"][
        "uri"
    ] = "/builds/ci/app/store/cache.go"
    assert not Draft202012Validator(SARIF).is_valid(wrong)


def test_only_budgets_with_a_line_in_the_repository_are_results() -> None:
    found = results(small_check())
    places = [result["locations"][0]["physicalLocation"] for result in found]
    assert [(p["artifactLocation"]["uri"], p["region"]["startLine"]) for p in places] == [
        ("store/cache.go", 42),
        ("wire/read.go", 7),
    ]
    assert [(r["ruleId"], r["level"]) for r in found] == [
        ("budget-over", "error"),
        ("budget-cannot-tell", "note"),
    ]
    run = json.loads(sarif(small_check(), PROJECT))["runs"][0]
    [told] = run["invocations"][0]["toolExecutionNotifications"]
    assert told["message"]["text"].startswith("2 budgets are not within")


def test_a_result_names_the_rule_that_its_index_points_at() -> None:
    run = json.loads(sarif(small_check(), PROJECT))["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in run["results"])


def test_a_fingerprint_survives_other_lines_and_values() -> None:
    one, other = results(many_failures(2))[0], results(many_failures(3))[1]
    assert one["message"] == other["message"]
    assert one["partialFingerprints"] == other["partialFingerprints"]
    assert (
        len({r["partialFingerprints"]["gotraceBudget/v1"] for r in results(many_failures(9))}) == 9
    )


def test_nothing_is_a_result_in_a_repository_that_has_none_of_the_files() -> None:
    assert results(small_check(), Project("/elsewhere", "", "other.example/module")) == []
    assert results(many_failures(1), UNKNOWN)[0]["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "example.com/app/cmd/serve/main.go", "uriBaseId": "SRCROOT"},
        "region": {"startLine": 12},
    }
