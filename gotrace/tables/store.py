"""Recordings on disk: a folder with one Parquet file a table and `recording.json`.

The folder is written under a temporary name beside its target and moved into place, so that a
reader never sees half of it. DuckDB, pandas and polars read the Parquet files as they are.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
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

    Raises InputError (MalformedError, UnsupportedVersionError) when it is not such a folder.
    """
    folder = Path(directory)
    manifest = _manifest(folder)
    try:
        origin, notes = _origin(manifest["origin"]), _notes(manifest["notes"])
        tables = {
            name: _table(folder / f"{name}.parquet", name)
            for name in TABLES
            if (folder / f"{name}.parquet").is_file()
        }
        columns = Lazy({name: _columns(tables, name) for name in tables})
        _check_samples(columns)
        return Recording(str(manifest["kind"]), origin, columns, notes)
    except (*_DAMAGE, pa.ArrowException) as error:
        raise MalformedError(
            f"is not a recording that gotrace wrote: {error}", source=str(folder)
        ) from error


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
    entries = {
        column.name: _column(tables, table.column(column.name).combine_chunks(), column)
        for column in TABLES[name].columns
    }
    return Columns(table.num_rows, entries)


def _sample_order(tables: dict[str, pa.Table]) -> npt.NDArray[np.int64]:
    order = {name: i for i, name in enumerate(tables["sample_types"]["sample_type"].to_pylist())}
    encoded = tables["samples"]["sample_type"].combine_chunks()
    rank = np.array([order[name] for name in encoded.dictionary.to_pylist()], np.int64)
    numbers = rank[encoded.indices.to_numpy()] if len(encoded) else np.empty(0, np.int64)
    return np.lexsort((tables["samples"]["sample_id"].to_numpy(), numbers))


def _column(tables: dict[str, pa.Table], data: pa.Array, column: Column) -> Any:
    if column.kind == "coded":
        codes = data.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
        return Coded(codes, data.dictionary.to_pylist())
    if column.kind == "list":
        values = _rows(tables, data.values, column)
        return Lists(data.offsets.to_numpy().astype(np.int64), values)
    if column.refers_to:
        return _rows(tables, data, column)
    if column.kind == "string":
        return np.array(data.to_pylist(), object)
    if column.nullable:
        data = data.fill_null(-1)
    return data.to_numpy(zero_copy_only=False)


def _rows(tables: dict[str, pa.Table], ids: pa.Array, column: Column) -> npt.NDArray[np.int32]:
    """Ids → row numbers of the table they refer to; null → -1."""
    table, _, key = column.refers_to.partition(".")
    known = tables[table][key].to_numpy()
    order = np.argsort(known)
    wanted = ids.fill_null(0).to_numpy(zero_copy_only=False)
    place = np.searchsorted(known, wanted, sorter=order)
    found = order[np.minimum(place, len(order) - 1)] if len(order) else np.zeros(len(wanted), int)
    null = ids.is_null().to_numpy(zero_copy_only=False)
    if not np.all(null | (known[found] == wanted) if len(order) else null):
        raise ValueError(f"{column.name} refers to rows that {table} does not have")
    return np.where(null, -1, found).astype(np.int32)
