# What is alive: `Heap` of `heap_objects.pyx`, after `plain/heap_objects/heap.py`.

@cython.final
cdef class Heap:
    cdef const int32_t[::1] class_units
    cdef int64_t[:, ::1] pool
    cdef int64_t[::1] free
    cdef int64_t[:, ::1] pages
    cdef int64_t[:, ::1] spans
    cdef int64_t[::1] state
    cdef int64_t[:, ::1] objects_out
    cdef int32_t[:, ::1] small_out
    cdef int64_t[:, ::1] spans_out
    cdef bint has_room
    cdef int shift
    cdef Near[NEAR] near

    cdef int check(self) except -1:
        """Rows of these tables are looked into by pointers, after their number was checked."""
        cdef int64_t rows = self.pages.shape[0]
        if self.pool.shape[1] != 4 or self.spans.shape[1] != 12 or self.spans_out.shape[0] != 9:
            raise IndexError("tables of other columns")
        if self.objects_out.shape[0] != 5 or self.small_out.shape[0] != 7:
            raise IndexError("tables of other columns")
        if self.small_out.shape[1] < self.objects_out.shape[1] or self.state.shape[0] < STATES:
            raise IndexError("tables of too few rows")
        if self.pages.shape[1] != 2 or rows == 0 or rows & (rows - 1) != 0:
            raise IndexError("pages are a power of two of rows of two columns")
        # No more, for the inverses of sizes are exact only within such spans.
        if not 1 <= self.state[UNITS_PER_PAGE] <= MOST_UNITS_PER_PAGE:
            raise IndexError("pages of no or too many units")
        while (<int64_t>1 << self.shift) < self.state[UNITS_PER_PAGE]:
            self.shift += 1
        if (<int64_t>1 << self.shift) != self.state[UNITS_PER_PAGE]:
            self.shift = 0
        return 0

    cdef int full(self) except -1 nogil:
        if self.state[POOL] + MOST_SLOTS > self.pool.shape[0]:
            return NO_OBJECTS
        if 4 * (self.state[PAGES] + MOST_PAGES) > 3 * self.pages.shape[0]:
            return NO_PAGES
        if self.state[FREE_SPAN] == 0 and self.state[SPAN_ROWS] >= self.spans.shape[0]:
            return NO_SPANS
        if self.objects_out.shape[1] - self.state[OBJECTS_OUT] < MOST_SLOTS * MOST_PAGES:
            return NO_OUTPUT
        if self.state[SPANS_OUT] + MOST_PAGES > self.spans_out.shape[1]:
            return NO_OUTPUT
        return IS_DONE

    cdef inline int room(self, bint is_simple) except -1 nogil:
        # As `full`: an event that is simple can fill nothing but the objects that are written.
        cdef int status = IS_DONE
        if not self.has_room:
            status = self.full()
        elif self.objects_out.shape[1] - self.state[OBJECTS_OUT] < MOST_SLOTS * MOST_PAGES:
            status = NO_OUTPUT
        self.has_room = is_simple and status == IS_DONE
        return status

    cdef inline int tell(self, int what, int64_t time) except -1 nogil:
        if self.state[what] == 0:
            self.state[FIRSTS + what - REPLACED] = time
        self.state[what] += 1
        return 0

    cdef int64_t add_span(
        self, int64_t page, int64_t pages, int64_t kind, Who* who, bint existed
    ) except -1 nogil:
        cdef int64_t size = 0
        cdef int64_t slots = self.slots(pages, kind, &size)
        cdef int64_t reach = MOST_PAGES if pages > MOST_PAGES else pages
        cdef int64_t number, row, at
        cdef int64_t* span
        if slots <= 1:
            reach = 1
        for number in range(reach):
            row = self.span_of_page(page + number)
            if row >= 0:
                self.end_span(row, who.time)
        row = self.new_span_row()
        span = &self.spans[row, 0]
        span[PAGE] = page
        span[COUNT_OF_PAGES] = pages
        span[KIND] = kind
        span[SPAN_BEGIN] = NONE if existed else who.time
        span[THREAD] = NONE if existed else who.thread
        span[SPAN_PROC] = NONE if existed else who.proc
        span[SPAN_GOROUTINE] = NONE if existed else who.goroutine
        span[NUMBER] = NONE
        if kind != UNKNOWN_KIND:
            span[NUMBER] = self.state[NEXT_SPAN]
            self.state[NEXT_SPAN] += 1
        span[USED] = 1
        span[FIRST] = self.new_slots(slots)
        span[SLOTS] = slots
        span[SIZE] = size
        for number in range(reach):
            at = self.place_of_page(page + number)
            self.pages[at, 0] = page + number + 1
            self.pages[at, 1] = row
            self.state[PAGES] += 1
        return row

    cdef int64_t slots(self, int64_t pages, int64_t kind, int64_t* size) except -1 nogil:
        if kind == UNKNOWN_KIND:
            size[0] = 1
            return self.state[UNITS_PER_PAGE]
        if kind & 1 or kind >> 2 >= self.class_units.shape[0]:
            return 0
        if kind >> 2 == 0:
            size[0] = -(MOST_SIZE if pages > MOST_SIZE else pages)
            return 1
        size[0] = self.class_units[kind >> 2]
        if pages > MOST_PAGES:
            pages = MOST_PAGES
        return pages * self.state[UNITS_PER_PAGE] // size[0]

    cdef int free_span(self, int64_t page, int64_t time) except -1 nogil:
        cdef int64_t row = self.span_of_page(page)
        if row < 0 or self.spans[row, PAGE] != page or self.spans[row, KIND] == UNKNOWN_KIND:
            self.tell(UNKNOWN_SPAN_FREES, time)
        else:
            self.end_span(row, time)
        return 0

    cdef inline int64_t place_of_page(self, int64_t page) except -1 nogil:
        return find(&self.pages[0, 0], self.pages.shape[0], page + 1, self.state[SEED])

    cdef inline int64_t span_of_page(self, int64_t page) except? -2 nogil:
        cdef int64_t at = self.place_of_page(page)
        return self.pages[at, 1] if self.pages[at, 0] != 0 else NONE

    cdef int64_t new_span_row(self) except -1 nogil:
        cdef int64_t row
        if self.state[FREE_SPAN] != 0:
            row = self.state[FREE_SPAN] - 1
            self.state[FREE_SPAN] = self.spans[row, PAGE]
            return row
        row = self.state[SPAN_ROWS]
        self.state[SPAN_ROWS] += 1
        return row

    cdef int64_t new_slots(self, int64_t slots) except? -2 nogil:
        cdef int64_t first = self.free[slots] - 1 if slots else NONE
        if first >= 0:
            self.free[slots] = self.pool[first, BEGIN]
            return first
        first = self.state[POOL]
        self.state[POOL] += slots
        return first

    cdef int end_span(self, int64_t row, int64_t time) except -1 nogil:
        cdef int64_t* span = &self.spans[row, 0]
        cdef int64_t out = self.state[SPANS_OUT]
        cdef int64_t first = span[FIRST], slots = span[SLOTS], pages = span[COUNT_OF_PAGES]
        cdef int64_t column, number, at
        self.end_objects(span, time)
        if slots:
            self.pool[first, BEGIN] = self.free[slots]
            self.free[slots] = first + 1
        if span[KIND] != UNKNOWN_KIND:
            for column in range(4):
                self.spans_out[column, out] = span[column]
            self.spans_out[4, out] = time
            for column in range(4, 8):
                self.spans_out[column + 1, out] = span[column]
            self.state[SPANS_OUT] += 1
        if slots <= 1:
            pages = 1
        elif pages > MOST_PAGES:
            pages = MOST_PAGES
        for number in range(pages):
            self.near[(span[PAGE] + number) & (NEAR - 1)].key = 0
            at = self.place_of_page(span[PAGE] + number)
            if self.pages[at, 0] != 0 and self.pages[at, 1] == row:
                self.remove_page(at)
                self.state[PAGES] -= 1
        span[USED] = 0
        span[PAGE] = self.state[FREE_SPAN]
        self.state[FREE_SPAN] = row + 1
        return 0

    cdef int end_objects(self, int64_t* span, int64_t time) except -1 nogil:
        cdef Found found
        found.span = span
        found.number = 0
        while span[USED] > 1:
            found.slot = <Slot*>&self.pool[span[FIRST] + found.number, 0]
            if found.slot.count != 0:
                self.end_object(&found, time)
            found.number += 1
        return 0

    cdef int remove_page(self, int64_t row) except -1 nogil:
        cdef int64_t mask = self.pages.shape[0] - 1
        cdef int64_t after = row
        cdef int64_t seed = self.state[SEED]
        while True:
            after = (after + 1) & mask
            if self.pages[after, 0] == 0:
                break
            if (after - home(self.pages[after, 0], seed, mask)) & mask >= (after - row) & mask:
                self.pages[row, 0] = self.pages[after, 0]
                self.pages[row, 1] = self.pages[after, 1]
                row = after
        self.pages[row, 0] = 0
        return 0

    cdef int find_slot(self, int64_t row, int64_t unit, Found* found) except -1 nogil:
        cdef int64_t* span = &self.spans[row, 0]
        cdef int64_t slots = span[SLOTS]
        found.span = span
        found.slot = NULL
        found.number = 0
        if slots > 1:
            found.number = (unit - span[PAGE] * self.state[UNITS_PER_PAGE]) // span[SIZE]
        if found.number < slots:
            found.slot = <Slot*>&self.pool[span[FIRST] + found.number, 0]
        return 0

    cdef int find_to_add(self, int64_t unit, Who* who, Found* found) except -1 nogil:
        cdef int64_t page = unit // self.state[UNITS_PER_PAGE]
        cdef int64_t row = self.span_of_page(page)
        if row < 0:
            row = self.add_span(page, 1, UNKNOWN_KIND, who, True)
        self.find_slot(row, unit, found)
        if found.slot == NULL or found.span[KIND] == UNKNOWN_KIND:
            self.tell(WITHOUT_SPAN, who.time)
        return 0

    cdef int add_object(
        self, Found* found, uint64_t place, int32_t type_, Who* who, bint existed
    ) except -1 nogil:
        cdef Slot* slot
        cdef bint is_owed = False
        if found.slot == NULL:
            self.find_to_add(<int64_t>(place & MOST_UNIT), who, found)
            if found.slot == NULL:
                return 0
        slot = found.slot
        if slot.count == 0:
            found.span[USED] += 1
        elif found.span[KIND] >> 1 == TINY_CLASS and not existed:
            if slot.count < 0:
                slot.count -= slot.count > -MOST_COUNT
            else:
                slot.count += slot.count < MOST_COUNT
            return 0
        else:
            self.tell(REPLACED, who.time)
            write_object(self, found, who.time)
            is_owed = not existed
        slot.begin = NONE if existed else who.time
        slot.goroutine = NONE if existed else who.goroutine
        slot.type_ = type_
        slot.proc = NONE if existed else <int32_t>who.proc
        slot.born = NONE if existed else <int32_t>self.state[CYCLE]
        slot.count = -1 if is_owed else 1
        return 0

    cdef int find_to_free(self, int64_t unit, Found* found) except -1 nogil:
        cdef int64_t row = self.span_of_page(unit // self.state[UNITS_PER_PAGE])
        cdef Slot* slot
        found.span = NULL
        if row < 0:
            return 0
        self.find_slot(row, unit, found)
        slot = found.slot
        if slot == NULL or slot.count != 0 or found.span[KIND] != UNKNOWN_KIND:
            return 0
        if found.number + 1 < found.span[SLOTS]:
            if slot[1].count != 0 or slot.born != freed_in(found.span):
                found.slot += 1
                found.number += 1
        return 0

    cdef int free_object(self, Found* found, uint64_t place, int64_t time) except -1 nogil:
        if found.slot == NULL:
            self.find_to_free(<int64_t>(place & MOST_UNIT), found)
        if found.slot == NULL or found.slot.count == 0:
            return self.free_nothing(found, <int64_t>(place & MOST_UNIT), time)
        if found.slot.count < 0 and found.slot.born == self.state[CYCLE]:
            found.slot.count = -found.slot.count
            return self.tell(LATE_FREES, time)
        return self.end_object(found, time)

    cdef int free_nothing(self, const Found* found, int64_t unit, int64_t time) except -1 nogil:
        if found.slot != NULL and found.slot.born == freed_in(found.span):
            self.tell(DOUBLE_FREES, time)
        else:
            self.tell(UNKNOWN_FREES, time)
        return write_unknown(self, found.span, unit, time)

    cdef inline int end_object(self, Found* found, int64_t time) except -1 nogil:
        write_object(self, found, time)
        found.slot.born = freed_in(found.span)
        found.slot.count = 0
        found.span[USED] -= 1
        return 0
