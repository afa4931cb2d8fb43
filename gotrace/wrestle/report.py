"""The five answers of every package, joined, as one report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gotrace.analyses.result import Fact, Result, ResultColumn, ResultTable, Weight
from gotrace.analyses.wrestle.answers import answer
from gotrace.analyses.wrestle.evidence import Evidence
from gotrace.pipeline import kernel_notes
from gotrace.readers.limits import DEFAULT, Limits
from gotrace.tables.manifest import BENCH, Manifest
from gotrace.tables.notes import Note, Severity
from gotrace.views.report import Report
from gotrace.wrestle.collection import Collection, collect
from gotrace.wrestle.evidence_of import Opened, Tell, open_evidence
from gotrace.wrestle.grouping import Group, folder_name
from gotrace.wrestle.pages import REMEDIES, cut_rows, for_people, on_one_screen, taken

__all__ = ["KIND", "Wrestled", "short_package", "wrestle"]

KIND = "wrestle"
"""`Report.recording_kind` of these reports."""
_MORE = "`--format markdown` (`report.md` in a folder of -o), `--format json` for programs"
_BY_PROCESS = "during_gc"
_WEIGHTS = ("high", "medium", "low")


@dataclass(frozen=True)
class Wrestled:
    """What was collected, opened and answered; ask it for a `report`."""

    collection: Collection
    opened: Opened
    answers: tuple[Result, ...]
    """Five, of all packages together."""

    def report(self, rows: int = 0, compared: Result | None = None) -> Report:
        """Everything there is to say; tables of at most `rows` rows, 0 for all.

        `compared` is what an earlier recording says of it.
        """
        results = (*self.answers, *((compared,) if compared else ()))
        if rows:
            results = tuple(for_people(cut_rows(one, rows), self._folders) for one in results)
        return self._report([self._overview(), *results])

    def summary(self, compared: Result | None = None) -> Report:
        """One screen: of each answer its most telling lines, and the first remedies."""
        results = (*self.answers, *((compared,) if compared else ()))
        packages = len(self.opened.packages)
        shown = [on_one_screen(for_people(one, self._folders), packages) for one in results]
        return self._report([self._head(), *shown])

    def charted(self, everything: Report) -> list[tuple[str, Report]]:
        """The reports to draw, by the folder of their charts, empty for the first.

        Collections of several packages are those of several processes: their times and heaps do not
        belong into one chart.
        """
        packages = [one.package for one in self.opened.packages]
        if len(packages) == 1:
            return [("", everything)]
        apart = [one for one in everything.results if one.name == _BY_PROCESS]
        joint = tuple(one for one in everything.results if one.name != _BY_PROCESS)
        made = [("", replace(everything, results=joint))]
        for package in packages:
            own = tuple(_of_package(result, package) for result in apart)
            folder = folder_name(package) or "unnamed"
            made.append((folder, replace(everything, source=package, results=own)))
        return made

    @property
    def _folders(self) -> tuple[str, ...]:
        """Of the modules, those that lie in others first."""
        found = dict.fromkeys(manifest.module_folder for manifest in self.collection.manifests)
        return tuple(sorted(found, key=len, reverse=True))

    def _report(self, results: Sequence[Result]) -> Report:
        return Report(
            recording_kind=KIND,
            title="Allocator wrestling",
            source=self.collection.source,
            results=tuple(results),
            notes=(*self.opened.notes, *kernel_notes()),
        )

    def _head(self) -> Result:
        """The same in three lines."""
        every = {fact.name: fact for fact in self._overview().facts}
        facts = [every[name] for name in ("packages", "go_version", "machine") if name in every]
        more = Fact("more", _MORE, title="in full")
        return Result("overview", "What was read", (*facts, more))

    def _overview(self) -> Result:
        facts = [Fact("kind", KIND, title="kind")]
        manifests = self.collection.manifests
        facts += _manifest_facts(manifests)
        if not any(manifest.toolchain.go_version for manifest in manifests):
            versions = {str(one.version) for one in self.opened.packages if one.version}
            if len(versions) == 1:
                facts.append(Fact("go_version", versions.pop(), title="Go"))
        names = [name for one in self.opened.packages if (name := one.package)]
        if names:
            facts.append(Fact("packages", ", ".join(names), title="packages"))
        roles = dict.fromkeys(item.role for item in self.collection.items)
        facts.append(Fact("recordings", ", ".join(roles), title="recordings"))
        return Result("overview", "What was read", tuple(facts))


def wrestle(sources: Sequence[str], limits: Limits = DEFAULT, tell: Tell | None = None) -> Wrestled:
    """Collect, open and answer. Raises UsageError and InputError, as `collect` does."""
    collection = collect(sources, limits)
    opened = open_evidence(collection, limits, tell)
    for group in collection.groups:
        opened.notes += _skipped(group)
    answered = [(one, _with_source(answer(one), one)) for one in opened.packages]
    return Wrestled(collection, opened, _joined(answered))


def _joined(answered: Sequence[tuple[Evidence, Sequence[Result]]]) -> tuple[Result, ...]:
    """The answers of several packages as those of one: facts name it, tables get its column."""
    if len(answered) == 1:
        package, results = answered[0][0].package, answered[0][1]
        return tuple(replace(one, tables=tuple(_named(t, package) for t in one.tables))
                     for one in results)  # fmt: skip
    names = [short_package(evidence.package, evidence.module) for evidence, _ in answered]
    made = []
    for at, first in enumerate(answered[0][1]):
        same = [results[at] for _, results in answered]
        packages = [evidence.package for evidence, _ in answered]
        made.append(Result(
            first.name, first.title, _joined_facts(names, same), _joined_tables(packages, same),
            tuple(finding for one in same for finding in one.findings),
            tuple(note for one in same for note in one.notes),
        ))  # fmt: skip
    return tuple(made)


def short_package(package: str, module: str) -> str:
    """The path below the module, or the last part."""
    if module and package.startswith(f"{module}/"):
        return package[len(module) + 1 :]
    return package.rpartition("/")[2]


def _of_package(result: Result, package: str) -> Result:
    """The rows of one package."""
    tables = []
    for table in result.tables:
        names = table.column("package").values
        tables.append(taken(table, [row for row, name in enumerate(names) if name == package]))
    return replace(result, tables=tuple(table for table in tables if table.row_count))


def _joined_facts(names: Sequence[str], same: Sequence[Result]) -> tuple[Fact, ...]:
    """Each package's first fact, then each one's second, and so on: the first lines tell most."""
    longest = max(len(one.facts) for one in same)
    return tuple(
        replace(one.facts[at], title=f"{name}: {one.facts[at].title or one.facts[at].name}")
        for at in range(longest)
        for name, one in zip(names, same, strict=True)
        if at < len(one.facts)
    )


def _joined_tables(packages: Sequence[str], same: Sequence[Result]) -> tuple[ResultTable, ...]:
    by_name: dict[str, list[ResultTable]] = {}
    for package, one in zip(packages, same, strict=True):
        for table in one.tables:
            by_name.setdefault(table.name, []).append(_named(table, package))
    return tuple(_stacked(tables) for tables in by_name.values())


def _named(table: ResultTable, package: str) -> ResultTable:
    """The table with the package in front; no column where nobody knows it."""
    if any(column.name == "package" for column in table.columns):
        return table
    doc = "Import path of the package that was recorded; empty where not told."
    column = ResultColumn("package", "text", [package] * table.row_count, "package", doc=doc,
                          is_key=True)  # fmt: skip
    return replace(table, columns=(column, *table.columns))


def _stacked(tables: Sequence[ResultTable]) -> ResultTable:
    """The rows of all, those of remedies by weight and saving; columns that some lack are null."""
    columns: dict[str, ResultColumn] = {}
    for table in tables:
        for column in table.columns:
            columns.setdefault(column.name, column)
    values: dict[str, list[Any]] = {name: [] for name in columns}
    for table in tables:
        have = {column.name: column.values for column in table.columns}
        for name, rows in values.items():
            rows.extend(have.get(name, [None] * table.row_count))
    footnotes = tuple(dict.fromkeys(note for table in tables for note in table.footnotes))
    made = tuple(replace(column, values=values[name]) for name, column in columns.items())
    stacked = replace(tables[0], columns=made, footnotes=footnotes)
    return _ranked(stacked) if stacked.name == REMEDIES else stacked


def _ranked(remedies: ResultTable) -> ResultTable:
    weights = [str(weight) for weight in remedies.column("weight").values]
    savings = remedies.column("saved_high_ratio").values
    order = sorted(
        range(remedies.row_count),
        key=lambda row: (_WEIGHTS.index(weights[row]), -(savings[row] or 0.0)),
    )
    return taken(remedies, order)


def _with_source(results: Sequence[Result], evidence: Evidence) -> list[Result]:
    """Tables that name files and lines get the text of these lines, where sources are there."""
    read = evidence.source
    made = []
    for result in results:
        tables = []
        for table in result.tables:
            names = {column.name for column in table.columns}
            if read is not None and {"file", "line"} <= names and "source" not in names:
                places = zip(table.column("file").values, table.column("line").values, strict=True)
                lines = [read(str(file), int(line or 0)) for file, line in places]
                if any(lines):
                    column = ResultColumn("source", "text", lines, "source", doc="The line's text.")
                    table = replace(table, columns=(*table.columns, column))
            tables.append(table)
        # What `gotrace gc` would find of the run is an observation here: remedies have the weight.
        observed = tuple(replace(finding, weight=Weight.LOW) for finding in result.findings)
        made.append(replace(result, tables=tuple(tables), findings=observed))
    return made


def _manifest_facts(manifests: Sequence[Manifest]) -> list[Fact]:
    """What each says once, in the order of the folders."""

    def told(what: Callable[[Manifest], str]) -> str:
        return "; ".join(dict.fromkeys(filter(None, map(what, manifests))))

    facts = [
        Fact("module", told(lambda one: one.module or one.address), title="of"),
        Fact("go_version", told(lambda one: one.toolchain.go_version), title="Go",
             detail=told(_platform)),
        Fact("machine", told(_machine), title="machine"),
        Fact("made_at", told(lambda one: one.made_at), title="recorded"),
    ]  # fmt: skip
    return [fact for fact in facts if fact.value]


def _platform(manifest: Manifest) -> str:
    return "/".join(filter(None, (manifest.toolchain.goos, manifest.toolchain.goarch)))


def _machine(manifest: Manifest) -> str:
    machine = manifest.machine
    cpus = f"{machine.cpu_count} CPUs" if machine.cpu_count else ""
    settings = [f"{name}={value}" for name, value in (
        ("GOMAXPROCS", machine.gomaxprocs), ("GOGC", machine.gogc),
        ("GOMEMLIMIT", machine.gomemlimit)) if value]  # fmt: skip
    return ", ".join(filter(None, (machine.cpu_model, cpus, *settings)))


def _skipped(group: Group) -> list[Note]:
    """What the recorder could not have, and nobody brought since."""
    notes: list[Note] = []
    if group.manifest is None:
        return notes
    for one in group.manifest.skipped:
        if not one.package and group.of(one.role):
            continue
        message = f"{one.role} was not recorded: {one.why}"
        is_loss = one.role == BENCH and not group.manifest.address  # a service has none
        severity = Severity.LOSS if is_loss else Severity.INFO
        notes.append(Note(severity, "wrestle-skipped", message, where=one.package))
    if not group.manifest.is_complete:
        message = "the recording was not finished: this is about what there is of it"
        notes.append(Note(Severity.LOSS, "wrestle-incomplete", message, where=str(group.folder)))
    return notes
