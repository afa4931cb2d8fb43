# The heap: pairs of a key and a proc, the smallest on top; of equal keys the proc of the smaller row.
# Behind the room for all pairs stand the procs that wait.


cdef int push(Merge self, int64_t key, int64_t proc) except -1 nogil:
    """Add to the heap; it has room for every proc once."""
    cdef int64_t at = self.heaped, parent
    if at > self.procs_count:
        with gil:
            raise IndexError("a proc is twice in the heap")
    self.heaped += 1
    while at > 0:
        parent = (at - 1) // 2
        if not is_before(key, proc, &self.pairs[parent]):
            break
        self.pairs[at] = self.pairs[parent]
        at = parent
    self.pairs[at].key = key
    self.pairs[at].proc = proc
    return 0


cdef inline bint is_before(int64_t key, int64_t proc, const Pair *other) noexcept nogil:
    return key < other.key or (key == other.key and proc < other.proc)


cdef inline void sink(Merge self, int64_t key, int64_t proc) noexcept nogil:
    """Put a pair in place of the top of the heap."""
    cdef int64_t at = 0, child = 1, heaped = self.heaped
    cdef Pair *pairs = self.pairs
    while child < heaped:
        if child + 1 < heaped and is_before(
            pairs[child + 1].key, pairs[child + 1].proc, &pairs[child]
        ):
            child += 1
        if is_before(key, proc, &pairs[child]):
            break
        pairs[at] = pairs[child]
        at = child
        child = 2 * at + 1
    pairs[at].key = key
    pairs[at].proc = proc
