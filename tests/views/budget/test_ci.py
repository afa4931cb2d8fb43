"""action.yml and the snippets of docs/budgets-ci.md, as far as they run without their servers.

Their schemas are those that check-jsonschema ships, so nothing is fetched. The steps' scripts run
in bash with the variables that GitHub documents, on a log of benchmarks.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[3]
DOCUMENT = ROOT / "docs/budgets-ci.md"
LOG = """\
goos: linux
goarch: amd64
pkg: example.com/app
BenchmarkEncode-8   1000   100 ns/op   48 B/op   12 allocs/op
BenchmarkEncode-8   1000   110 ns/op   48 B/op   12 allocs/op
PASS
"""
BUDGETS = """\
[budget.encode]
metric = "allocs/op"
benchmark = "^BenchmarkEncode$"
max = {most}
"""


def load(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


def snippets() -> list[str]:
    """The YAML blocks of the document: of GitHub and of GitLab."""
    return re.findall(r"^```yaml\n(.*?)^```$", DOCUMENT.read_text(), re.M | re.S)


def action() -> Any:
    return load((ROOT / "action.yml").read_text())


def validated(schema: str, file: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *options]
    return subprocess.run([*command, str(file)], capture_output=True, text=True, check=False)


class Runner:
    """What a runner gives to steps: a folder, environment files, and `gotrace` on the path."""

    def __init__(self, folder: Path, most: int):
        self.folder = folder / "work"
        self.temp = folder / "temp"
        self.bin = folder / "bin"
        for path in (self.folder, self.temp, self.bin):
            path.mkdir()
        (self.folder / "bench.txt").write_text(LOG)
        (self.folder / "gotrace.toml").write_text(BUDGETS.format(most=most))
        self.put("gotrace", f'exec "{sys.executable}" -m gotrace "$@"')

    def put(self, name: str, script: str) -> None:
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def run(self, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ,
            "PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "RUNNER_TEMP": str(self.temp),
            **{name: str(self.temp / name) for name in FILES},
            **variables,
        }
        # GitHub's `shell: bash` (docs: workflow syntax, jobs.<job_id>.steps[*].shell).
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def file(self, name: str) -> str:
        path = self.temp / name
        return path.read_text() if path.exists() else ""

    def check(self, **inputs: str) -> subprocess.CompletedProcess[str]:
        """Run the step of the action that checks, with its inputs or their defaults."""
        declared = action()
        step = next(s for s in declared["runs"]["steps"] if s.get("id") == "check")
        given = {name: str(spec.get("default", "")) for name, spec in declared["inputs"].items()}
        given.update({"files": "bench.txt", **inputs})
        variables = {
            name: re.sub(r"\$\{\{ inputs\.(\S+) \}\}", lambda m: given[m[1]], value)
            for name, value in step["env"].items()
        }
        return self.run(step["run"], **variables)

    def outputs(self) -> dict[str, str]:
        lines = self.file("GITHUB_OUTPUT").splitlines()
        return dict(line.split("=", 1) for line in lines)


FILES = ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_PATH", "GITHUB_ENV")


def test_the_action_and_the_snippets_keep_their_schemas(tmp_path: Path) -> None:
    workflow, pipeline = snippets()
    (tmp_path / "workflow.yml").write_text(workflow)
    (tmp_path / ".gitlab-ci.yml").write_text(pipeline)
    for done in (
        validated("vendor.github-actions", ROOT / "action.yml"),
        validated("vendor.github-workflows", tmp_path / "workflow.yml"),
        validated("vendor.gitlab-ci", tmp_path / ".gitlab-ci.yml", "--data-transform", "gitlab-ci"),
    ):
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_wrong_action_breaks_its_schema(tmp_path: Path) -> None:
    text = (ROOT / "action.yml").read_text().replace("      shell: bash\n", "")
    (tmp_path / "action.yml").write_text(text)
    assert validated("vendor.github-actions", tmp_path / "action.yml").returncode == 1


def test_the_action_uses_only_what_it_declares() -> None:
    declared = action()
    text = (ROOT / "action.yml").read_text()
    assert set(re.findall(r"inputs\.([a-z-]+)", text)) == set(declared["inputs"])
    steps = declared["runs"]["steps"]
    assert not any("${{" in step["run"] for step in steps)
    for name, spec in declared["outputs"].items():
        assert spec["value"] == f"${{{{ steps.check.outputs.{name} }}}}"
    workflow = load(snippets()[0])
    used = workflow["jobs"]["budgets"]["steps"]
    assert all(
        set(step["with"]) <= set(declared["inputs"])
        for step in used
        if "gotrace" in step.get("uses", "")
    )


@pytest.mark.parametrize(("most", "code"), [(12, 0), (10, 1)])
def test_the_action_checks_and_writes_its_outputs(most: int, code: int, tmp_path: Path) -> None:
    runner = Runner(tmp_path, most)
    done = runner.check()
    assert done.returncode == code, done.stdout + done.stderr
    outputs = runner.outputs()
    assert outputs["exit-code"] == str(code)
    out = runner.folder / "gotrace-budget"
    assert outputs["sarif"] == str(out / "report.sarif")
    assert json.loads(Path(outputs["sarif"]).read_text())["version"] == "2.1.0"
    assert json.loads(Path(outputs["json"]).read_text())["is_failure"] is bool(code)
    assert ElementTree.parse(outputs["junit"]).getroot().get("failures") == str(code)
    assert Path(outputs["comment"]).read_text().startswith("<!-- gotrace-budget -->\n")
    assert runner.file("GITHUB_STEP_SUMMARY").startswith("### Memory budgets ")
    errors = [line for line in done.stdout.splitlines() if line.startswith("::error ")]
    assert [line.partition("::")[2].split(",")[:2] for line in errors] == [
        ["error file=gotrace.toml", "line=1"]
    ] * code


def test_the_action_never_passes_where_nothing_was_read(tmp_path: Path) -> None:
    runner = Runner(tmp_path, 12)
    out = runner.folder / "gotrace-budget"
    out.mkdir()
    (out / "report.sarif").write_text("of another run")
    assert runner.check(files="none-*.txt").returncode == 3
    assert runner.outputs() == {"exit-code": "3"}
    assert runner.check(files="").returncode == 2
    assert runner.check(budgets="none.toml").returncode == 2


def test_the_action_takes_inputs_as_data(tmp_path: Path) -> None:
    runner = Runner(tmp_path, 12)
    (runner.folder / "b $(touch owned) 1.txt").write_text(LOG)
    hostile = "b $(touch owned) *.txt\nbench.*\n"
    assert runner.check(files=hostile, output="o;touch owned").returncode == 0
    sources = json.loads(Path(runner.outputs()["json"]).read_text())["sources"]
    assert sources == ["b $(touch owned) 1.txt", "bench.txt"]
    assert not (runner.folder / "owned").exists()


def test_the_action_installs_gotrace_from_its_own_folder(tmp_path: Path) -> None:
    runner = Runner(tmp_path, 12)
    venv = runner.temp / "gotrace-venv"
    runner.put(
        "python3.x", f'mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; echo "$@" >> {tmp_path}/log'
    )
    step = action()["runs"]["steps"][0]
    done = runner.run(step["run"], INPUT_PYTHON="python3.x", ACTION_PATH="/act ion")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "log").read_text().splitlines() == [
        f"-m venv {venv}",
        "-m pip install --quiet /act ion",
    ]
    assert runner.file("GITHUB_PATH") == f"{venv}/bin\n"


@pytest.mark.parametrize(("most", "code"), [(12, 0), (10, 1)])
def test_the_job_for_gitlab_leaves_its_reports(most: int, code: int, tmp_path: Path) -> None:
    runner = Runner(tmp_path, most)
    runner.put("go", "cat bench.log")
    (runner.folder / "bench.log").write_text(LOG)
    job = load(snippets()[1])["memory-budgets"]
    done = runner.run("\n".join(job["script"]))
    assert done.returncode == code, done.stderr
    report = runner.folder / job["artifacts"]["reports"]["junit"]
    assert ElementTree.parse(report).getroot().get("tests") == "1"
    assert all((runner.folder / path).is_file() for path in job["artifacts"]["paths"])
    assert "encode" in done.stdout
