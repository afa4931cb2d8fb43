# tcmalloc's page heap: `gotrace/model/pages/tcmalloc.py`.

cdef enum:
    NORMAL = 0
    RETURNED = 1
    KIND_LISTS = 320  # heads for the lists of one kind; list 0 has its large runs, oldest first
    DEFAULT_RELEASE_DELAY = 1 << 18
    MAX_RELEASE_DELAY = 1 << 20
    FORCED_COALESCE_BYTES = 128 << 20


@cython.final
cdef class TcmallocPages(RunPages):
    """Exact lists up to `longest_list` pages, large runs above, both in two states."""

    cdef public int32_t[::1] lists
    cdef public bint is_classic
    cdef public int longest_list
    cdef int32_t[2] large
    cdef int64_t[2] free_pages
    cdef uint64_t[2][LIST_WORDS] nonempty
    cdef int64_t until_release
    cdef public int release_index

    cdef int64_t allocate(self, int64_t npages, int cache) except -1 nogil:
        if not self.pick(npages) and self.should_force(npages):
            self.release((<int64_t>1) << 62)
        return RunPages.allocate(self, npages, cache)

    cdef int64_t release(self, int64_t npages) except -1 nogil:
        """Give back at least `npages`, round robin over the lists; gives the pages released."""
        cdef int64_t released = 0
        cdef int64_t before
        cdef int turn
        while released < npages:
            before = released
            for turn in range(self.longest_list + 1):
                if released >= npages:
                    break
                released += self.release_next()
            if released == before:
                break
        return released

    cdef int64_t release_next(self) except -1 nogil:
        """A run of the list whose turn it is."""
        cdef int32_t row
        cdef int index
        if self.release_index > self.longest_list + 1:
            self.release_index = 1
        index = self.release_index
        self.release_index += 1
        if index <= self.longest_list:
            row = self.lists[2 * index]
        elif self.is_classic:
            row = self.lists[0]
        else:
            row = self.first_of(self.large[NORMAL])
        if not row:
            return 0
        self.detach(row)
        index = self.get(row, NPAGES)
        self.put(row, RELEASED, index)
        self.put_back(row, True)
        return index

    cdef int freed(self, int64_t npages) except -1 nogil:
        """`IncrementalScavenge`."""
        cdef int64_t released
        self.until_release -= npages
        if self.until_release >= 0:
            return 0
        released = self.release(1)
        self.until_release = DEFAULT_RELEASE_DELAY
        if released:
            self.until_release = min(1000 * released, <int64_t>MAX_RELEASE_DELAY)
        return 0

    cdef int grew(self, int64_t npages) except -1 nogil:
        return self.freed(npages)

    cdef bint should_force(self, int64_t npages) except -1 nogil:
        """Whether a quarter of the heap is free, in both states, and 128 MiB are being crossed."""
        cdef int64_t mapped = (self.next_page - self.first_page) * self.m.page_bytes
        cdef int64_t after = mapped + npages * self.m.page_bytes
        cdef int64_t unused = (self.free_pages[NORMAL] + self.free_pages[RETURNED])
        if self.is_classic or not self.free_pages[NORMAL] or not self.free_pages[RETURNED]:
            return False
        if mapped // FORCED_COALESCE_BYTES == after // FORCED_COALESCE_BYTES:
            return False
        return unused * self.m.page_bytes >= mapped // 4

    cdef int32_t pick(self, int64_t npages) except -1 nogil:
        cdef int end = self.longest_list + 1
        cdef int normal = first_list(&self.nonempty[NORMAL][0], npages, end)
        cdef int returned = first_list(&self.nonempty[RETURNED][0], npages, end)
        if normal >= 0 and (returned < 0 or normal <= returned):
            return self.lists[2 * normal + 1]
        if returned >= 0:
            return self.lists[2 * (KIND_LISTS + returned) + 1]
        return self.pick_large(npages)

    cdef int32_t pick_large(self, int64_t npages) except -1 nogil:
        """The smallest of both states, of equals the lowest."""
        cdef int32_t normal = self.best_fit(self.large[NORMAL], npages)
        cdef int32_t returned = self.best_fit(self.large[RETURNED], npages)
        if not normal or not returned:
            return normal + returned
        return normal if self.comes_before(normal, returned) else returned

    cdef int insert(self, int32_t row) except -1 nogil:
        cdef int32_t npages = self.get(row, NPAGES)
        cdef int kind = RETURNED if self.get(row, RELEASED) else NORMAL
        self.free_pages[kind] += npages
        if npages > self.longest_list:
            self.large[kind] = self.tree_insert(self.large[kind], row)
            npages = 0
        else:
            self.nonempty[kind][npages >> 6] |= (<uint64_t>1) << (npages & 63)
        return list_append(self.m, self.lists, kind * KIND_LISTS + npages, row)

    cdef int remove(self, int32_t row) except -1 nogil:
        cdef int32_t npages = self.get(row, NPAGES)
        cdef int kind = RETURNED if self.get(row, RELEASED) else NORMAL
        self.free_pages[kind] -= npages
        if npages > self.longest_list:
            self.large[kind] = self.tree_remove(self.large[kind], row)
            return list_remove(self.m, self.lists, kind * KIND_LISTS, row)
        list_remove(self.m, self.lists, kind * KIND_LISTS + npages, row)
        if not self.lists[2 * (kind * KIND_LISTS + npages)]:
            self.nonempty[kind][npages >> 6] &= ~((<uint64_t>1) << (npages & 63))
        return 0
