"""Contract: `gotrace/kernels/plain/trace_order/__init__.py`."""

from gotrace.errors import InputError
from gotrace.kernels.plain.trace_order import PLAIN as PLAIN
from gotrace.kernels.plain.trace_order import PROGRESS as PROGRESS
from gotrace.kernels.plain.trace_order import Generation, Output, Tables
from gotrace.kernels.plain.trace_order import P as P
from gotrace.kernels.plain.trace_order import Table as Table

def begin(
    generation: Generation, tables: Tables, progress: memoryview, frequency: float, mode: int
) -> int: ...
def fault(reason: int, offset: int) -> InputError: ...
def decode_numbers(
    data: memoryview, begin: int, end: int, values: memoryview
) -> tuple[int, int, int]: ...
def order(
    generation: Generation,
    tables: Tables,
    output: Output,
    progress: memoryview,
    frequency: float,
    mode: int,
) -> int: ...
def read_ahead(generation: Generation, progress: memoryview, frequency: float) -> None: ...
def reindex(rows: memoryview, index: memoryview) -> None: ...
