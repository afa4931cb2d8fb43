"""Types of the compiled kernel; its contract is `gotrace/kernels/plain/heap_census.py`."""

def census(
    begins: memoryview,
    ends: memoryview,
    classes: memoryview,
    sizes: memoryview,
    deaths: memoryview,
    shift: int,
    cycle_ends: memoryview,
    cycles: memoryview,
    by_class: memoryview,
    large: memoryview,
    by_tick: memoryview,
    by_cycle: memoryview,
    lasted: memoryview,
    alive: memoryview,
) -> None: ...
def pairs(
    types: memoryview,
    classes: memoryview,
    most_types: int,
    pair_of: memoryview,
    out: memoryview,
    start: int,
) -> int: ...
def payers(
    begins: memoryview,
    ends: memoryview,
    classes: memoryview,
    sizes: memoryview,
    counts: memoryview,
    births: memoryview,
    deaths: memoryview,
    pair: memoryview,
    payer: memoryview,
    waste: memoryview,
    pair_objects: memoryview,
    pair_bytes: memoryview,
    pair_more: memoryview,
    sums: memoryview,
) -> None: ...
def places(
    begins: memoryview,
    ends: memoryview,
    classes: memoryview,
    sizes: memoryview,
    addresses: memoryview,
    shift: int,
    piece_shift: int,
    base: int,
    row_of: memoryview,
    changes: memoryview,
    start: int,
) -> int: ...
def crossing(
    begins: memoryview,
    ends: memoryview,
    classes: memoryview,
    spans: memoryview,
    shift: int,
    out: memoryview,
) -> int: ...
