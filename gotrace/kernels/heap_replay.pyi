"""Contract: the readable model, `gotrace/model/`, first of all `player.py` and `bitmap_heap.py`.

Tables are made and made larger by `gotrace.model.compiled_replay` and the modules beside it; what
their columns mean stands in `heap_replay_parts/memory.pxi`.
"""

from typing import Any

from numpy.typing import NDArray

class Memory:
    rows: Any
    words: Any
    words_as_bytes: Any
    page_map: Any
    classes: Any
    class_of: Any
    page_bytes: int
    base_page: int
    max_small_bytes: int
    tiny_class: int
    has_zero_base: bool
    is_split: bool
    took: bool
    wanted_pages: int
    free_row: int
    last_row: int
    last_word: int
    generation: int
    is_marking: bool
    mallocs_count: int
    frees_count: int
    tiny_count: int
    heap_live_bytes: int
    in_use_pages: int
    manual_pages: int

class PageBitmap:
    free: Any
    scavenged: Any
    tree: Any
    def attach(self, free: NDArray[Any], scavenged: NDArray[Any], tree: NDArray[Any]) -> None: ...

class BitmapPages:
    bitmap: PageBitmap
    caches: Any
    next_page: int
    first_chunk: int
    padding_pages: int
    growths: int
    used_pages: int
    def __init__(self, m: Memory, bitmap: PageBitmap, first_page: int) -> None: ...

class CentralSets:
    sets: Any
    def __init__(self, m: Memory, sets: NDArray[Any]) -> None: ...

class CentralLists:
    lists: Any
    busy: Any
    def __init__(self, m: Memory, lists: NDArray[Any], busy: NDArray[Any]) -> None: ...

class RunPages:
    seed: int
    is_by_size: bool
    keeps_rows: bool
    is_new_memory_released: bool
    first_page: int
    next_page: int
    end_page: int
    unit_pages: int
    least_pages: int
    growths: int
    used_pages: int
    def __init__(self, m: Memory) -> None: ...

class ListPages(RunPages):
    lists: Any
    exact_lists: int

class TwoTreesPages(RunPages): ...
class FirstFitPages(RunPages): ...

class Stacks:
    cached: Any
    cached_counts: Any
    def __init__(
        self, m: Memory, pages: Any, cached: NDArray[Any], cached_counts: NDArray[Any]
    ) -> None: ...

class BitmapHeap:
    m: Memory
    cache_spans: Any
    has_cache: Any
    tiny: Any
    arena_spans: Any
    reclaimed: Any
    class_count: int
    def __init__(
        self, m: Memory, pages: Any, central: Any, stacks: Stacks, tables: tuple[Any, ...]
    ) -> None: ...

class StoppedFlushHeap(BitmapHeap):
    lists: CentralLists

class Player:
    kinds: Any
    caches: Any
    objects: Any
    sizes: Any
    pointers: Any
    records: Any
    stacks: Any
    breach_counts: Any
    breach_rows: Any
    has_marks: bool
    has_stacks: bool
    is_swept: bool
    frees_at_once: bool
    max_heap_bytes: int
    max_request_bytes: int
    min_goal_bytes: int
    goal_bytes: int
    in_use_bytes: int
    marks_count: int
    row: int
    def __init__(self, heap: Any) -> None: ...
    def __getattr__(self, name: str) -> Any: ...
    def expect(self, begin: int, end: int) -> None: ...
    def play(self, end: int) -> int: ...
