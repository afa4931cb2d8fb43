"""Types of the compiled kernel; its contract is `gotrace/kernels/plain/trace_rows.py`."""

DONE: int
FULL_TABLE: int
NEEDS_NAME: int
STATE: tuple[str, ...]

def tally(kinds: memoryview, counts: memoryview) -> None: ...
def select(
    kinds: memoryview,
    counts: memoryview,
    wanted: memoryview,
    rows: memoryview,
    starts: memoryview,
) -> int: ...
def spread(
    kinds: memoryview,
    stacks: memoryview,
    arguments: memoryview,
    counts: memoryview,
    places: memoryview,
    numbers: memoryview,
    stack_rows: memoryview,
    strings: memoryview,
    met: memoryview,
    names: memoryview,
    stack: memoryview,
    text: memoryview,
    out: memoryview,
) -> int: ...
def stays(
    kinds: memoryview,
    times: memoryview,
    threads: memoryview,
    procs: memoryview,
    goroutines: memoryview,
    stacks: memoryview,
    arguments: memoryview,
    counts: memoryview,
    rules: memoryview,
    names: memoryview,
    stack_rows: memoryview,
    table: memoryview,
    state: memoryview,
    wide: memoryview,
    small: memoryview,
) -> int: ...
def rehash(old: memoryview, new: memoryview, seed: int) -> None: ...
