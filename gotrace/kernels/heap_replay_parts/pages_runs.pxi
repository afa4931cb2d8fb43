# What the page heaps before go1.14 and tcmalloc's have in common: `gotrace/model/pages/free_runs.py`.
#
# A free run is a row; the page map has it at its first and its last page. Where spans keep the row
# of the run that they came from (`keeps_rows`: the sweeper of go1.0 to go1.6 goes by it), rows are
# taken and given back exactly as the model's records; elsewhere a span has a row of its own.

cdef class RunPages(RunTrees):
    """A page heap of whole free runs."""

    cdef public bint keeps_rows
    cdef public bint is_new_memory_released
    # Where new memory comes from (`gotrace.model.pages.sources`), in pages.
    cdef public int64_t first_page
    cdef public int64_t next_page
    cdef public int64_t end_page
    cdef public int64_t unit_pages
    cdef public int64_t least_pages
    cdef public int64_t growths

    def __init__(self, Memory m not None):
        self.m = m

    # What subclasses say.

    cdef int32_t pick(self, int64_t npages) except -1 nogil:
        """The run that an allocation comes from; 0: the heap must grow."""
        with gil:
            raise NotImplementedError

    cdef int insert(self, int32_t row) except -1 nogil:
        """Keep a free run."""
        with gil:
            raise NotImplementedError

    cdef int remove(self, int32_t row) except -1 nogil:
        """Forget a free run."""
        with gil:
            raise NotImplementedError

    cdef bint joins(self, int32_t left, int32_t right) except -1 nogil:
        """Whether free neighbours become one run: those in the same state."""
        return (self.get(left, RELEASED) > 0) == (self.get(right, RELEASED) > 0)

    cdef int before_growth(self, int64_t npages) except -1 nogil:
        return 0

    cdef int freed(self, int64_t npages) except -1 nogil:
        """Called after pages were freed."""
        return 0

    cdef int grew(self, int64_t npages) except -1 nogil:
        """Called after new memory was added."""
        return 0

    # What the heap asks for.

    cdef int64_t allocate(self, int64_t npages, int cache) except -1 nogil:
        cdef int32_t row = self.pick(npages)
        if not row:
            if not self.grow(npages):
                return -2
            row = self.pick(npages)
        if not row:
            with gil:
                broken(f"the heap grew for {npages} pages and has no run for them")
        self.detach(row)
        return self.use_front(row, npages)

    cdef int free(self, int64_t page, int64_t npages) except -1 nogil:
        cdef int32_t row = self.m.page_map[page] if self.keeps_rows else self.m.new_row()
        self.used_pages -= npages
        self.make_run(row, page, npages, 0)
        self.put_back(row, True)
        return self.freed(npages)

    cdef int room(self, int64_t npages) except -1 nogil:
        cdef int64_t wanted = npages + self.unit_pages + self.least_pages
        wanted = min(self.next_page + wanted, self.end_page) + SPARE_PAGES
        if wanted <= self.m.page_map.shape[0]:
            return FINE
        self.m.wanted_pages = wanted
        return FULL_PAGES

    # The work.

    cdef bint grow(self, int64_t npages) except -1 nogil:
        """False when the address space is used up."""
        cdef int64_t wanted = (npages + self.unit_pages - 1) // self.unit_pages * self.unit_pages
        cdef int32_t row
        wanted = max(wanted, self.least_pages)
        if self.next_page + wanted > self.end_page:
            return False
        self.before_growth(wanted)
        row = self.m.new_row()
        self.make_run(row, self.next_page, wanted, wanted if self.is_new_memory_released else 0)
        self.next_page += wanted
        self.growths += 1
        self.put_back(row, True)
        self.grew(wanted)
        return True

    cdef inline int make_run(
        self, int32_t row, int64_t page, int64_t npages, int64_t released
    ) except -1 nogil:
        cdef Py_ssize_t at = <Py_ssize_t>row << ROW_SHIFT
        self.m.rows[at + PAGE] = <int32_t>page
        self.m.rows[at + NPAGES] = <int32_t>npages
        self.m.rows[at + SPAN_CLASS] = FREE_RUN
        self.m.rows[at + RELEASED] = <int32_t>released
        return 0

    cdef int put_back(self, int32_t row, bint is_joined) except -1 nogil:
        """Into the page map and the index, with free neighbours if they are to be joined."""
        cdef int64_t page
        if is_joined:
            self.join(row)
        page = self.get(row, PAGE)
        self.m.page_map[page] = row
        self.m.page_map[page + self.get(row, NPAGES) - 1] = row
        return self.insert(row)

    cdef int join(self, int32_t row) except -1 nogil:
        """Absorb free neighbours, the one before first; `row` stays."""
        cdef int32_t page = self.get(row, PAGE)
        cdef int32_t other = self.m.page_map[page - 1] if page else 0
        if other and self.get(other, SPAN_CLASS) == FREE_RUN:
            if self.get(other, PAGE) + self.get(other, NPAGES) == page and self.joins(other, row):
                page = self.get(other, PAGE)
                self.absorb(row, other)
                self.put(row, PAGE, page)
        page += self.get(row, NPAGES)
        other = self.m.page_map[page]
        if other and self.get(other, SPAN_CLASS) == FREE_RUN:
            if self.get(other, PAGE) == page and self.joins(row, other):
                self.absorb(row, other)
        return 0

    cdef int absorb(self, int32_t row, int32_t other) except -1 nogil:
        self.detach(other)
        self.put(row, NPAGES, self.get(row, NPAGES) + self.get(other, NPAGES))
        self.put(row, RELEASED, self.get(row, RELEASED) + self.get(other, RELEASED))
        return self.m.drop_row(other)

    cdef int detach(self, int32_t row) except -1 nogil:
        """Out of the page map and the index."""
        cdef int64_t page = self.get(row, PAGE)
        self.m.page_map[page] = 0
        self.m.page_map[page + self.get(row, NPAGES) - 1] = 0
        return self.remove(row)

    cdef int64_t use_front(self, int32_t row, int64_t npages) except -1 nogil:
        """Hand out the first pages of a detached run; the remainder stays free."""
        cdef int64_t page = self.get(row, PAGE)
        cdef int32_t rest = <int32_t>(self.get(row, NPAGES) - npages)
        cdef bint is_released = self.get(row, RELEASED) > 0
        cdef int32_t piece = row
        if rest:
            if self.keeps_rows:
                piece = self.m.new_row()
            self.make_run(piece, page + npages, rest, rest if is_released else 0)
            self.put_back(piece, False)
        elif not self.keeps_rows:
            self.m.drop_row(row)
        if self.keeps_rows:
            self.put(row, NPAGES, <int32_t>npages)
            self.put(row, SPAN_CLASS, NO_SPAN)
            self.m.page_map[page] = row
        self.used_pages += npages
        return page
