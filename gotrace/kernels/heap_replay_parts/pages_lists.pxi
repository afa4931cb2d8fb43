# The page heaps of go1.0 to go1.13: `gotrace/model/pages/lists.py`, `two_trees.py`, `first_fit.py`.

cdef enum:
    LIST_WORDS = 5  # a bit for each exact list; there are at most 256


@cython.final
cdef class ListPages(RunPages):
    """A list for each number of pages, and a tree of larger runs (go1.0 to go1.11)."""

    cdef public int32_t[::1] lists
    cdef public int exact_lists
    cdef int32_t large
    cdef uint64_t[LIST_WORDS] nonempty

    cdef bint joins(self, int32_t left, int32_t right) except -1 nogil:
        return True

    cdef int32_t pick(self, int64_t npages) except -1 nogil:
        """The last one freed of the first list upwards that is not empty; else the best fit."""
        cdef int which = first_list(self.nonempty, npages, self.exact_lists)
        if which >= 0:
            return self.lists[2 * which + 1]
        return self.best_fit(self.large, npages)

    cdef int insert(self, int32_t row) except -1 nogil:
        cdef int32_t npages = self.get(row, NPAGES)
        if npages >= self.exact_lists:
            self.large = self.tree_insert(self.large, row)
            return 0
        self.nonempty[npages >> 6] |= (<uint64_t>1) << (npages & 63)
        return list_append(self.m, self.lists, npages, row)

    cdef int remove(self, int32_t row) except -1 nogil:
        cdef int32_t npages = self.get(row, NPAGES)
        if npages >= self.exact_lists:
            self.large = self.tree_remove(self.large, row)
            return 0
        list_remove(self.m, self.lists, npages, row)
        if not self.lists[2 * npages]:
            self.nonempty[npages >> 6] &= ~((<uint64_t>1) << (npages & 63))
        return 0


cdef inline int first_list(const uint64_t *nonempty, int64_t start, int end) noexcept nogil:
    """The first nonempty list from `start` on; -1: there is none before `end`."""
    cdef int64_t word = start >> 6
    cdef uint64_t bits
    if start >= end:
        return -1
    bits = (nonempty[word] >> (start & 63)) << (start & 63)
    while not bits:
        word += 1
        if word << 6 >= end:
            return -1
        bits = nonempty[word]
    return <int>(word << 6) + lowest_bit(bits)


@cython.final
cdef class TwoTreesPages(RunPages):
    """Free runs and released ones, each by size (go1.12)."""

    cdef int32_t unused
    cdef int32_t scav

    cdef int32_t pick(self, int64_t npages) except -1 nogil:
        cdef int32_t unused = self.best_fit(self.unused, npages)
        cdef int32_t scav = self.best_fit(self.scav, npages)
        if not unused or not scav:
            return unused + scav
        return unused if self.get(unused, NPAGES) <= self.get(scav, NPAGES) else scav

    cdef int before_growth(self, int64_t npages) except -1 nogil:
        """`release_largest`: as many pages as are to be mapped, largest runs first."""
        cdef int32_t row = self.last_of(self.unused)
        while npages > 0 and row:
            npages -= self.get(row, NPAGES)
            self.detach(row)
            self.put(row, RELEASED, self.get(row, NPAGES))
            self.put_back(row, True)
            row = self.last_of(self.unused)
        return 0

    cdef int insert(self, int32_t row) except -1 nogil:
        if self.get(row, RELEASED):
            self.scav = self.tree_insert(self.scav, row)
        else:
            self.unused = self.tree_insert(self.unused, row)
        return 0

    cdef int remove(self, int32_t row) except -1 nogil:
        if self.get(row, RELEASED):
            self.scav = self.tree_remove(self.scav, row)
        else:
            self.unused = self.tree_remove(self.unused, row)
        return 0


@cython.final
cdef class FirstFitPages(RunPages):
    """All by address (go1.13)."""

    cdef int32_t root

    cdef int32_t pick(self, int64_t npages) except -1 nogil:
        return self.first_fit(self.root, npages)

    cdef int insert(self, int32_t row) except -1 nogil:
        self.root = self.tree_insert(self.root, row)
        return 0

    cdef int remove(self, int32_t row) except -1 nogil:
        self.root = self.tree_remove(self.root, row)
        return 0
