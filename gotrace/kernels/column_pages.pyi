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

class Memory:
    def __init__(
        self,
        places: memoryview,
        codes: memoryview,
        kept: memoryview,
        distinct: memoryview,
        out: memoryview,
        state: memoryview,
    ) -> None: ...

def encode(
    columns: list[memoryview], is_nullable: memoryview, modes: memoryview, memory: Memory
) -> None: ...
