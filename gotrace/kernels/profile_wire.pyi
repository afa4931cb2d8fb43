"""Contract: `gotrace/kernels/plain/profile_wire.py`."""

from gotrace.errors import InputError

COUNTS: tuple[str, ...]

def fault(code: int, offset: int) -> InputError: ...
def count(data: memoryview, counts: memoryview, at_most: memoryview) -> None: ...
def fill_tables(
    data: memoryview,
    locations: memoryview,
    line_offsets: memoryview,
    lines: memoryview,
    functions: memoryview,
    strings: memoryview,
    messages: memoryview,
) -> None: ...
def fill_samples(
    data: memoryview,
    near_rows: memoryview,
    far_ids: memoryview,
    far_rows: memoryview,
    offsets: memoryview,
    locations: memoryview,
    values: memoryview,
    label_samples: memoryview,
    labels: memoryview,
) -> None: ...
