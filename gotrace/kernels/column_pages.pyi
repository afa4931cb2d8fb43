"""Types of the compiled kernel; its contract is `gotrace/kernels/plain/column_pages.py`."""

NUMBERS: int
TEXTS: int
CODES: int
NO_VALUES: int
DICTIONARY: int
DELTAS: int
TOO_MANY: int
STATE: tuple[str, ...]
MOST_RANGE: int

def encode(
    values: memoryview,
    is_nullable: bool,
    mode: int,
    places: memoryview,
    codes: memoryview,
    kept: memoryview,
    distinct: memoryview,
    out: memoryview,
    state: memoryview,
) -> None: ...
