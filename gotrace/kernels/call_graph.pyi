"""Types of the compiled kernel; its contract is `gotrace/kernels/plain/call_graph.py`."""

def collect_marks(
    begin: memoryview,
    end: memoryview,
    locations: memoryview,
    marks: memoryview,
    out: memoryview,
) -> None: ...
def first_marked(
    begin: memoryview,
    end: memoryview,
    locations: memoryview,
    marks: memoryview,
    out: memoryview,
) -> None: ...
def last_marked(
    begin: memoryview,
    end: memoryview,
    locations: memoryview,
    marks: memoryview,
    out: memoryview,
) -> None: ...
def prune_points(
    begin: memoryview,
    end: memoryview,
    locations: memoryview,
    marks: memoryview,
    out: memoryview,
) -> None: ...
def add_weights(
    begin: memoryview,
    end: memoryview,
    locations: memoryview,
    node_offsets: memoryview,
    nodes: memoryview,
    weights: memoryview,
    flat: memoryview,
    cum: memoryview,
    last_seen: memoryview,
) -> None: ...
def add_calls(
    begin: memoryview,
    end: memoryview,
    locations: memoryview,
    node_offsets: memoryview,
    nodes: memoryview,
    weights: memoryview,
    wanted: memoryview,
    keys: memoryview,
    call_weights: memoryview,
    is_inline: memoryview,
    last_seen: memoryview,
    first_stack: int,
    used: int,
) -> tuple[int, int]: ...
def move_calls(
    keys: memoryview,
    call_weights: memoryview,
    is_inline: memoryview,
    last_seen: memoryview,
    new_keys: memoryview,
    new_weights: memoryview,
    new_inline: memoryview,
    new_last_seen: memoryview,
) -> None: ...
