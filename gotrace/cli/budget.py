"""`gotrace budget`: how much memory the code may use, and whether it keeps to that."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from gotrace.cli import budget_run
from gotrace.cli.budget_options import (
    FILE_NAME,
    BaselineOption,
    BudgetsOption,
    ConditionOption,
    Files,
    Formats,
    Only,
    conditions_of,
    find_budget_file,
    module_root,
    parse_targets,
    show,
)
from gotrace.cli.options import MaxSize
from gotrace.cli.printing import while_someone_reads, write_bytes
from gotrace.errors import UsageError

__all__ = ["app", "bless", "check", "explain", "init", "selftest"]

app = typer.Typer(
    name="budget",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Hold the memory of Go code against budgets: within, over, or cannot tell.",
    epilog="Exit codes: 0 within · 1 over, or a gate cannot tell · 2 usage, the budget file "
    "included · 3 unreadable input · 4 a fault of gotrace",
)


@app.command(name="init")
def init(
    files: Files,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write there, `-`: to stdout. If not given to `gotrace.toml` at the root of the "
            "Go module.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    condition: ConditionOption = None,
    max_size: MaxSize = "",
) -> None:
    """Propose a budget file from recordings of code as it should be.

    Every limit comes with what was measured and why it has so much headroom. Remove what does not
    matter, tighten the rest, then `gotrace budget check` and `gotrace budget bless`.

    Examples:

        gotrace budget init bench.txt heap.pb.gz

        gotrace budget init bench.txt -o -
    """
    from gotrace import budget, pipeline

    path = output if output is not None else module_root() / FILE_NAME
    if str(path) != "-" and path.exists() and not force:
        raise UsageError(f"{path} is there already: --force replaces it")
    text = budget.propose(
        files, conditions=conditions_of(condition), limits=pipeline.limits(max_size)
    )
    write_bytes(text.encode("utf-8"), path)
    if str(path) != "-":
        print(f"gotrace: wrote {path}; read it, it is a proposal", file=sys.stderr)


@app.command(name="check")
def check(
    files: Files,
    budgets: BudgetsOption = None,
    baseline: BaselineOption = None,
    format: Formats = None,
    only: Only = None,
    condition: ConditionOption = None,
    max_size: MaxSize = "",
) -> None:
    """Check recordings against the budgets; exit with 1 if one is not kept.

    Examples:

        gotrace budget check bench.txt heap.pb.gz

        gotrace budget check bench.txt --format github --format junit=budgets.xml

        gotrace budget check bench.txt --budgets gotrace.toml --baseline budgets
    """
    from gotrace import budget, pipeline

    targets = parse_targets(format)
    checked = budget.check(
        files,
        find_budget_file(budgets),
        baseline,
        only=only or (),
        conditions=conditions_of(condition),
        limits=pipeline.limits(max_size),
    )
    show(checked, targets)
    if checked.is_failure:
        raise typer.Exit(1)


@app.command(name="bless")
def bless(
    files: Files,
    budgets: BudgetsOption = None,
    baseline: BaselineOption = None,
    only: Only = None,
    condition: ConditionOption = None,
    max_size: MaxSize = "",
) -> None:
    """Make what the recordings say the baseline that relative limits are held against.

    Writes one file for each Go version and platform, with its evidence, to be committed: a review
    sees which number changed and which lines of code changed it.

    Examples:

        gotrace budget bless bench.txt heap.pb.gz

        gotrace budget bless bench.txt --only find-allocs
    """
    from gotrace import budget, pipeline
    from gotrace.budget.explaining import blessed_words

    path = find_budget_file(budgets)
    blessed = budget.bless(
        files,
        path,
        baseline,
        only=only or (),
        conditions=conditions_of(condition),
        limits=pipeline.limits(max_size),
    )
    with while_someone_reads():
        for one in blessed:
            print("\n".join(blessed_words(path, one)))
    for one in blessed:
        for note in one.notes:
            print(f"gotrace: {note}", file=sys.stderr)


@app.command(name="explain")
def explain(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name of a budget.")],
    files: Annotated[
        list[str] | None, typer.Argument(metavar="FILE...", help="Recordings, as for `check`.")
    ] = None,
    budgets: BudgetsOption = None,
    baseline: BaselineOption = None,
    condition: ConditionOption = None,
    max_size: MaxSize = "",
) -> None:
    """Say what a budget means, and of recordings how its verdict comes about, with every number.

    Examples:

        gotrace budget explain find-allocs

        gotrace budget explain find-allocs bench.txt heap.pb.gz
    """
    from gotrace import budget, pipeline
    from gotrace.budget.explaining import budget_words
    from gotrace.views.budget.printing import print_checked

    path = find_budget_file(budgets)
    words = budget_words(path, name)
    checked = None
    if files:
        checked = budget.check(
            files,
            path,
            baseline,
            only=(name,),
            conditions=conditions_of(condition),
            limits=pipeline.limits(max_size),
        )
    with while_someone_reads():
        print(words)
        if checked is not None:
            print()
            print_checked(checked, sys.stdout, is_full=True)


@app.command(name="selftest")
def selftest(
    files: Files,
    budgets: BudgetsOption = None,
    baseline: BaselineOption = None,
    only: Only = None,
    condition: ConditionOption = None,
    max_size: MaxSize = "",
) -> None:
    """Prove that every gate can fail: check it against copies of its own input, made worse.

    Exit code 1 unless all are proved.

    Examples:

        gotrace budget selftest bench.txt heap.pb.gz
    """
    from gotrace import budget, pipeline
    from gotrace.views.safety import safe_text

    proofs = budget.selftest(
        files,
        find_budget_file(budgets),
        baseline,
        only=only or (),
        conditions=conditions_of(condition),
        limits=pipeline.limits(max_size),
    )
    proved = sum(proof.is_proved for proof in proofs)
    with while_someone_reads():
        for proof in proofs:
            word = "can fail" if proof.is_proved else "NOT PROVED"
            print(f"{word}: {safe_text(proof.budget.name)}: {safe_text(proof.text)}")
        print(f"{proved} of {len(proofs)} gates can fail" if proofs else "no budget is a gate")
    if not proofs or proved < len(proofs):
        raise typer.Exit(1)


app.command(
    name="run",
    context_settings={"allow_interspersed_args": False, "ignore_unknown_options": False},
)(budget_run.run)
