"""Recordings on disk: a folder with one Parquet file a table and `recording.json`.

The folder is written under a temporary name beside its target and moved into place, so that a
reader never sees half of it. DuckDB, pandas and polars read the Parquet files as they are.
"""

from __future__ import annotations

import json
import math
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from gotrace.errors import InputError, MalformedError, UnsupportedVersionError, UsageError
from gotrace.tables.arrow import arrow_schema
from gotrace.tables.columns import Coded, Columns, Lazy, Lists
from gotrace.tables.notes import Note, Severity
from gotrace.tables.recording import Origin, Recording
from gotrace.tables.schema import SCHEMA_VERSION, TABLES, Column

__all__ = ["MANIFEST", "load", "replaced_folder", "save", "write_manifest"]

MANIFEST = "recording.json"

_DAMAGE = (AttributeError, IndexError, KeyError, TypeError, ValueError)
"""What a changed manifest or table ends in before anybody can say what is wrong with it."""


def save(recording: Recording, directory: str | Path, *, force: bool = False) -> Path:
    """Write all tables of `recording` into a new folder `directory` and return it.

    With `force`, a folder that `save` wrote before is replaced; any other existing folder is
    refused. Raises UsageError when the target exists, InputError when it cannot be written.
    """
    with replaced_folder(directory, force=force) as partial:
        for name, table in recording.tables.items():
            pq.write_table(table, partial / f"{name}.parquet", compression="zstd")
        write_manifest(partial, recording.kind, recording.origin, recording.notes)
    return Path(directory)


@contextmanager
def replaced_folder(directory: str | Path, *, force: bool) -> Iterator[Path]:
    """A temporary folder to write into, which becomes `directory` if no exception is raised.

    With `force`, a folder with a manifest is replaced; any other existing folder is refused.
    Raises UsageError when the target exists, InputError when it cannot be written.
    """
    target = Path(directory)
    if target.exists() and not (force and (target / MANIFEST).is_file()):
        advice = "name a new folder" if not (target / MANIFEST).is_file() else "use --force"
        raise UsageError(f"{target} exists already; {advice}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", source=str(target)) from error
    try:
        yield partial
        partial.chmod(0o755)
        if target.exists():
            shutil.rmtree(target)
        partial.rename(target)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", source=str(target)) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def write_manifest(folder: Path, kind: str, origin: Origin, notes: Iterable[Note]) -> None:
    """Write `recording.json`: what the tables beside it are made of."""
    manifest = {
        "schema_version": SCHEMA_VERSION,
        "kind": kind,
        "origin": asdict(origin),
        "notes": [asdict(note) for note in notes],
    }
    text = json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")


def load(directory: str | Path) -> Recording:
    """Read a folder that `save` wrote; the same recording comes back.

    The tables of a trace are large: each of their columns is read when it is first asked for, and
    what is wrong with it is found then. Raises InputError (MalformedError,
    UnsupportedVersionError) when it is not such a folder.
    """
    folder = Path(directory)
    manifest = _manifest(folder)
    with _damage(folder):
        origin, notes = _origin(manifest["origin"]), _notes(manifest["notes"])
        names = [name for name in TABLES if (folder / f"{name}.parquet").is_file()]
        if manifest["kind"] == "trace":
            return Recording("trace", origin, _StoredTables(folder, names).columns, notes)
        tables = {name: _table(folder / f"{name}.parquet", name) for name in names}
        columns = Lazy({name: _columns(tables, name) for name in tables})
        _check_samples(columns)
        return Recording(str(manifest["kind"]), origin, columns, notes)


@contextmanager
def _damage(folder: Path) -> Iterator[None]:
    """What a changed folder ends in is one error."""
    try:
        yield
    except (*_DAMAGE, OSError, pa.ArrowException) as error:
        raise MalformedError(
            f"is not a recording that gotrace wrote: {error}", source=str(folder)
        ) from error


class _StoredTables:
    """The tables in a folder; columns are read one by one, when first asked for.

    Raises ValueError, OSError or ArrowException at once for files that are not such tables;
    MalformedError while columns are read.
    """

    def __init__(self, folder: Path, names: Iterable[str]) -> None:
        self._folder = folder
        rows = {name: _rows_in(folder / f"{name}.parquet", name) for name in names}
        self._ids: dict[str, _Ids] = {}
        self.columns = Lazy(
            {
                name: Columns(
                    rows[name],
                    {
                        column.name: partial(self._column, name, column)
                        for column in TABLES[name].columns
                    },
                )
                for name in rows
            }
        )

    def _column(self, table: str, column: Column) -> Any:
        with _damage(self._folder):
            return _column(self._known, self._read(table, column.name), column)

    def _read(self, table: str, column: str) -> pa.Array:
        path = self._folder / f"{table}.parquet"
        return pq.read_table(path, columns=[column]).column(0).combine_chunks()

    def _known(self, reference: str) -> _Ids:
        if reference not in self._ids:
            self._ids[reference] = _Ids(self._read(*reference.split(".")).to_numpy())
        return self._ids[reference]


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        version = manifest["schema_version"]
    except OSError as error:
        raise InputError(
            f"has no readable {MANIFEST}: {error.strerror}",
            source=str(folder),
            advice="name a profile, or a folder that `gotrace convert` wrote",
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise MalformedError(f"{MANIFEST} is damaged: {error}", source=str(folder)) from error
    if version != SCHEMA_VERSION:
        raise UnsupportedVersionError(
            f"was written with table schema {version}, this gotrace reads {SCHEMA_VERSION}",
            source=str(folder),
            advice="convert the original file again",
        )
    return manifest


def _origin(stored: dict[str, Any]) -> Origin:
    """The origin of a manifest; every value must have the type that its default has."""
    values: dict[str, Any] = {
        key: tuple(v) if isinstance(v, list) else v for key, v in stored.items()
    }
    origin = Origin(**values)
    for key, default in vars(Origin()).items():
        if type(values.get(key, default)) is not type(default):
            raise ValueError(f"`{key}` of {MANIFEST} is not a {type(default).__name__}")
    return origin


def _notes(stored: list[dict[str, Any]]) -> tuple[Note, ...]:
    return tuple(Note(**{**note, "severity": Severity(note["severity"])}) for note in stored)


def _table(path: Path, name: str) -> pa.Table:
    """One Parquet file, with the columns and types that the schema declares."""
    table = pq.read_table(path)
    expected = arrow_schema(TABLES[name])
    if not table.schema.equals(expected):
        raise ValueError(f"{path.name} has other columns or types than the table `{name}`")
    return table


def _rows_in(path: Path, name: str) -> int:
    """How many rows a file has, the columns of which are those that the schema declares."""
    file = pq.ParquetFile(path)
    if not file.schema_arrow.equals(arrow_schema(TABLES[name])):
        raise ValueError(f"{path.name} has other columns or types than the table `{name}`")
    return int(file.metadata.num_rows)


def _check_samples(columns: Mapping[str, Columns]) -> None:
    """A profile has one row in `samples` for each sample and sample type."""
    if "samples" not in columns:
        return
    counts = {name: columns[name].rows for name in ("samples", "sample_locations", "sample_types")}
    if counts["samples"] != counts["sample_locations"] * counts["sample_types"]:
        raise ValueError("`samples` does not have one row for each sample and sample type")


def _columns(tables: dict[str, pa.Table], name: str) -> Columns:
    table = tables[name]
    if name == "samples":
        # In memory samples are ordered by sample type, in the order of `sample_types`.
        table = table.take(_sample_order(tables))

    def known(reference: str) -> _Ids:
        other, _, key = reference.partition(".")
        return _Ids(tables[other][key].to_numpy())

    entries = {
        column.name: _column(known, table.column(column.name).combine_chunks(), column)
        for column in TABLES[name].columns
    }
    return Columns(table.num_rows, entries)


def _sample_order(tables: dict[str, pa.Table]) -> npt.NDArray[np.int64]:
    order = {name: i for i, name in enumerate(tables["sample_types"]["sample_type"].to_pylist())}
    encoded = tables["samples"]["sample_type"].combine_chunks()
    rank = np.array([order[name] for name in encoded.dictionary.to_pylist()], np.int64)
    numbers = rank[encoded.indices.to_numpy()] if len(encoded) else np.empty(0, np.int64)
    return np.lexsort((tables["samples"]["sample_id"].to_numpy(), numbers))


def _column(known: Callable[[str], _Ids], data: pa.Array, column: Column) -> Any:
    """A column as it lies in memory; `known` are the ids of the columns that others refer to."""
    if column.kind == "coded":
        codes = data.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
        return Coded(codes, data.dictionary.to_pylist())
    if column.kind == "list":
        values = _rows(known(column.refers_to), data.values, column)
        return Lists(data.offsets.to_numpy().astype(np.int64), values)
    if column.refers_to:
        return _rows(known(column.refers_to), data, column)
    if column.kind == "string":
        return np.array(data.to_pylist(), object)
    if column.nullable:
        data = data.fill_null(math.nan if column.kind == "double" else -1)
    return data.to_numpy(zero_copy_only=False)


class _Ids:
    """The ids of a table, to be found again."""

    def __init__(self, ids: npt.NDArray[np.uint64]) -> None:
        self._order = np.argsort(ids)
        self._sorted = ids[self._order]

    def rows(self, ids: npt.NDArray[np.uint64]) -> npt.NDArray[np.int32]:
        """The row of each id; -1 for those that there are not."""
        if not len(self._order):
            return np.full(len(ids), -1, np.int32)
        place = np.minimum(np.searchsorted(self._sorted, ids), len(self._sorted) - 1)
        is_known = self._sorted[place] == ids
        return np.where(is_known, self._order[place], -1).astype(np.int32)


def _rows(known: _Ids, ids: pa.Array, column: Column) -> npt.NDArray[np.int32]:
    """Ids → row numbers of the table they refer to; null → -1."""
    found = known.rows(ids.fill_null(0).to_numpy(zero_copy_only=False))
    is_null = ids.is_null().to_numpy(zero_copy_only=False)
    if np.any((found < 0) & ~is_null):
        table = column.refers_to.partition(".")[0]
        raise ValueError(f"{column.name} refers to rows that {table} does not have")
    return np.where(is_null, np.int32(-1), found)
