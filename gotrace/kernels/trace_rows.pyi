"""Types of the compiled kernel; its contract is `gotrace/kernels/plain/trace_rows.py`."""

DONE: int
FULL_TABLE: int
NEEDS_NAME: int
STATE: tuple[str, ...]

def tally(kinds: memoryview, counts: memoryview) -> None: ...
def select(kinds: memoryview, wanted: memoryview, rows: memoryview) -> int: ...
def spread(
    kinds: memoryview,
    stacks: memoryview,
    arguments: memoryview,
    counts: memoryview,
    places: memoryview,
    numbers: memoryview,
    stack_rows: memoryview,
    names: memoryview,
    stack: memoryview,
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
    end: memoryview,
    duration: memoryview,
    goroutine: memoryview,
    before: memoryview,
    after: memoryview,
    reason: memoryview,
    stack: memoryview,
    src_stack: memoryview,
    src_thread: memoryview,
    src_proc: memoryview,
    src_goroutine: memoryview,
) -> int: ...
def rehash(old: memoryview, new: memoryview, seed: int) -> None: ...
