"""Types of the compiled kernel; its contract is `gotrace/kernels/plain/heap_objects/`."""

__all__: list[str]

DONE: int
FULL_OBJECTS: int
FULL_PAGES: int
FULL_SPANS: int
FULL_OUTPUT: int
STATE: tuple[str, ...]

def pair(
    kinds: memoryview,
    times: memoryview,
    threads: memoryview,
    procs: memoryview,
    goroutines: memoryview,
    arguments: memoryview,
    counts: memoryview,
    dense: memoryview,
    far_ids: memoryview,
    far_rows: memoryview,
    class_units: memoryview,
    pool: memoryview,
    free: memoryview,
    pages: memoryview,
    spans: memoryview,
    state: memoryview,
    objects_out: memoryview,
    small_out: memoryview,
    spans_out: memoryview,
) -> int: ...
def table_rows(
    wide: memoryview,
    small: memoryview,
    lowest_address: int,
    unit_bytes: int,
    page_bytes: int,
    wide_out: memoryview,
    small_out: memoryview,
    is_noscan: memoryview,
) -> None: ...
def rehash_pages(old: memoryview, new: memoryview, seed: int) -> None: ...
