"""Recordings on disk: a folder with one Parquet file a table and `recording.json`.

The folder is written under a temporary name beside its target and moved into place, so that a
reader never sees half of it. DuckDB, pandas and polars read the Parquet files as they are.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from gotrace.errors import InputError, MalformedError, UnsupportedVersionError, UsageError
from gotrace.tables.columns import Coded, Columns, Lazy, Lists
from gotrace.tables.notes import Note, Severity
from gotrace.tables.recording import Origin, Recording
from gotrace.tables.schema import SCHEMA_VERSION, TABLES, Column

__all__ = ["MANIFEST", "load", "save"]

MANIFEST = "recording.json"


def save(recording: Recording, directory: str | Path, *, force: bool = False) -> Path:
    """Write all tables of `recording` into a new folder `directory` and return it.

    With `force`, a folder that `save` wrote before is replaced; any other existing folder is
    refused. Raises UsageError when the target exists, InputError when it cannot be written.
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
        _write(recording, partial)
        partial.chmod(0o755)
        if target.exists():
            shutil.rmtree(target)
        partial.rename(target)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", source=str(target)) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return target


def _write(recording: Recording, folder: Path) -> None:
    for name, table in recording.tables.items():
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd")
    manifest = {
        "schema_version": SCHEMA_VERSION,
        "kind": recording.kind,
        "origin": asdict(recording.origin),
        "notes": [asdict(note) for note in recording.notes],
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
        origin = dict(manifest["origin"])
        for name in ("paths", "base_paths", "comments"):
            origin[name] = tuple(origin[name])
        notes = tuple(
            Note(**{**note, "severity": Severity(note["severity"])}) for note in manifest["notes"]
        )
        tables = {
            name: pq.read_table(folder / f"{name}.parquet")
            for name in TABLES
            if (folder / f"{name}.parquet").is_file()
        }
        columns = Lazy({name: _columns(tables, name) for name in tables})
        return Recording(str(manifest["kind"]), Origin(**origin), columns, notes)
    except (KeyError, TypeError, ValueError, pa.ArrowException) as error:
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
