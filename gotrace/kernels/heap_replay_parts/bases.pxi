# What the parts of a heap look like to each other.

cdef class Pages:
    """A page heap (`gotrace.model.pages.PageHeap`); pages are numbers from `base_page` on."""

    cdef Memory m
    cdef public int64_t used_pages

    cdef int64_t allocate(self, int64_t npages, int cache) except -1 nogil:
        """The first of `npages`, growing if it must; -2 when the address space is used up.

        `cache` is -1 without a P.
        """
        with gil:
            raise NotImplementedError

    cdef int free(self, int64_t page, int64_t npages) except -1 nogil:
        """Give pages back."""
        with gil:
            raise NotImplementedError

    cdef int flush(self, int cache) except -1 nogil:
        """Give back what `cache` holds."""
        return 0

    cdef int room(self, int64_t npages) except -1 nogil:
        """FINE if `npages` can be allocated without running out of table (`FULL_*` else).

        The same holds for SPARE_PAGES in small requests.
        """
        return FINE


cdef class Central:
    """The central lists (`gotrace.model.central.Central`); spans are rows, 0 is none."""

    cdef Memory m

    cdef int32_t cache_span(self, int span_class, bint is_sweeping) except -1 nogil:
        """The span that a cache gets; 0: it gets a fresh one."""
        with gil:
            raise NotImplementedError

    cdef int add_fresh(self, int32_t row) except -1 nogil:
        """A new span goes to a cache, or one of a large object comes to stay."""
        with gil:
            raise NotImplementedError

    cdef bint uncache(self, int32_t row) except -1 nogil:
        """A cache gives a span back; whether it is stale and must be swept now."""
        with gil:
            raise NotImplementedError

    cdef int put_swept(self, int32_t row) except -1 nogil:
        """A span was swept and is still in use."""
        with gil:
            raise NotImplementedError

    cdef int32_t pop_unswept(self) except -1 nogil:
        """The span that the background sweeper takes next; 0 when there is no more."""
        with gil:
            raise NotImplementedError

    cdef int start_cycle(self) except -1 nogil:
        """A mark ended: two generations on (`m.generation` as well)."""
        with gil:
            raise NotImplementedError

    cdef int remove(self, int32_t row) except -1 nogil:
        """The span's pages go back; called before its row is dropped."""
        return 0


cdef class Heap:
    """What the player asks of a heap (`gotrace.model.heap.Heap`)."""

    cdef public Memory m
    # What `allocate` made.
    cdef int32_t row  # 0: `ZERO_BASE`
    cdef int slot
    cdef int64_t offset  # of the object in its slot
    cdef bint is_tiny
    cdef bint is_new_span
    cdef bint is_new_slot

    cdef int room(self, int64_t size) except -1 nogil:
        """FINE if any row of a stream can be played that asks for `size` at most; a FULL_* else."""
        return self.m.room()

    cdef int allocate(self, int cache, int64_t size, bint has_pointers) except -1 nogil:
        """FINE, or REFUSED when the address space is used up."""
        with gil:
            raise NotImplementedError

    cdef int free(self, int32_t row, int slot, int cache) except -1 nogil:
        """Free a slot at once (tcmalloc)."""
        with gil:
            raise NotImplementedError

    cdef int begin_mark(self) except -1 nogil:
        """All is swept first; what is allocated from here on survives."""
        with gil:
            raise NotImplementedError

    cdef int64_t end_mark(self) except -1 nogil:
        """The slots GONE are dead; gives how many bytes of slots no mark had known of."""
        with gil:
            raise NotImplementedError

    cdef int flush(self, int cache) except -1 nogil:
        """The cache gives everything back."""
        with gil:
            raise NotImplementedError

    cdef int set_procs(self, int count) except -1 nogil:
        """There are so many Ps from here on."""
        return 0

    cdef int64_t allocate_stack(self, int64_t size, int cache) except -1 nogil:
        """A stack: where it begins, in bytes from `base_page` on; -2: the address space is used up.

        `cache` is -1 without a P.
        """
        with gil:
            raise NotImplementedError

    cdef int free_stack(self, int64_t start, int64_t size, int cache) except -1 nogil:
        """Give a stack back."""
        with gil:
            raise NotImplementedError
