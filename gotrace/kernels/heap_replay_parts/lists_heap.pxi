# The heaps of go1.7 to go1.11: `gotrace.model.lists_heap`. Later ones are a `BitmapHeap` with other
# parts; that go1.7 and go1.8 do not split span classes is in the tables of sizes.

@cython.final
cdef class StoppedFlushHeap(BitmapHeap):
    """Caches are flushed before sweeping starts, pages reclaimed by the busy lists."""

    cdef public CentralLists lists  # the same as `central`

    cdef int64_t end_mark(self) except -1 nogil:
        cdef int cache
        for cache in range(self.cache_count):
            if self.has_cache[cache]:
                self.flush(cache)
        return BitmapHeap.end_mark(self)

    cdef int reclaim(self, int64_t npages) except -1 nogil:
        """`BusyListSweeper.reclaim`: one large object that is large enough; or smaller ones."""
        cdef int64_t found = 0
        cdef int64_t freed
        cdef int size
        if self.is_done:
            return 0
        for size in range(min(npages, <int64_t>LARGE_LIST_PAGES), LARGE_LIST_PAGES + 1):
            if self.reclaim_list(size, npages):
                return 0
        for size in range(min(npages, <int64_t>LARGE_LIST_PAGES)):
            found += self.reclaim_list(size, npages - found)
            if found >= npages:
                return 0
        while found < npages:
            freed = self.sweep_one()
            if freed < 0:
                break
            found += freed
        return 0

    cdef int64_t reclaim_list(self, int size, int64_t npages) except -1 nogil:
        """Sweep a busy list until `npages` are free; gives how many are."""
        cdef int32_t row = self.lists.busy[2 * size]
        cdef int64_t found = 0
        cdef int64_t pages
        while row and found < npages and is_unswept(self.m, <Py_ssize_t>row << ROW_SHIFT):
            list_remove(self.m, self.lists.busy, size, row)
            list_append(self.m, self.lists.busy, size, row)
            pages = self.m.rows[(<Py_ssize_t>row << ROW_SHIFT) + NPAGES]
            found += pages if self.sweep(row) else 0
            row = self.lists.busy[2 * size]
        return found
