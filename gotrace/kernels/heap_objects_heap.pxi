# What is alive: `Heap` of `heap_objects.pyx`, after `plain/heap_objects/heap.py`.

@cython.final
cdef class Heap:
    cdef const int32_t[::1] class_units
    cdef int64_t[:, ::1] wide
    cdef int32_t[:, ::1] narrow
    cdef int64_t[::1] free
    cdef int64_t[:, ::1] pages
    cdef int64_t[:, ::1] spans
    cdef int64_t[::1] state
    cdef int64_t[:, ::1] objects_out
    cdef int64_t[:, ::1] spans_out

    cdef int full(self) except -1 nogil:
        if self.state[POOL] + MOST_SLOTS > self.wide.shape[0]:
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

    cdef int64_t add_span(
        self, int64_t page, int64_t pages, int64_t kind, Who* who, bint existed
    ) except -1 nogil:
        cdef int64_t size = 0
        cdef int64_t slots = self.slots(pages, kind, &size)
        cdef int64_t reach = MOST_PAGES if pages > MOST_PAGES else pages
        cdef int64_t number, row, at
        if slots <= 1:
            reach = 1
        for number in range(reach):
            row = self.span_of_page(page + number)
            if row >= 0:
                self.end_span(row, who.time)
        row = self.new_span_row()
        self.spans[row, PAGE] = page
        self.spans[row, COUNT_OF_PAGES] = pages
        self.spans[row, KIND] = kind
        self.spans[row, SPAN_BEGIN] = NONE if existed else who.time
        self.spans[row, THREAD] = NONE if existed else who.thread
        self.spans[row, SPAN_PROC] = NONE if existed else who.proc
        self.spans[row, SPAN_GOROUTINE] = NONE if existed else who.goroutine
        self.spans[row, NUMBER] = NONE
        if kind != UNKNOWN_KIND:
            self.spans[row, NUMBER] = self.state[NEXT_SPAN]
            self.state[NEXT_SPAN] += 1
        self.spans[row, USED] = 1
        self.spans[row, FIRST] = self.new_slots(slots)
        self.spans[row, SLOTS] = slots
        self.spans[row, SIZE] = size
        for number in range(reach):
            at = find(self.pages, page + number + 1, self.state[SEED])
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
            self.state[UNKNOWN_SPAN_FREES] += 1
        else:
            self.end_span(row, time)
        return 0

    cdef int add_object(self, int64_t unit, int32_t type_, Who* who, bint existed) except -1 nogil:
        cdef int64_t page = unit // self.state[UNITS_PER_PAGE]
        cdef int64_t row = self.span_of_page(page)
        cdef int64_t slot
        cdef int64_t* span
        cdef int64_t* wide
        cdef int32_t* narrow
        cdef int32_t owed = 0
        if row < 0:
            row = self.add_span(page, 1, UNKNOWN_KIND, who, True)
        span = &self.spans[row, 0]
        slot = self.slot(span, unit)
        if slot < 0 or span[KIND] == UNKNOWN_KIND:
            self.state[WITHOUT_SPAN] += 1
        if slot < 0:
            return 0
        wide = &self.wide[span[FIRST] + slot, 0]
        narrow = &self.narrow[span[FIRST] + slot, 0]
        if narrow[COUNT] != 0:
            if span[KIND] >> 1 == TINY_CLASS and not existed:
                if narrow[COUNT] < MOST_COUNT:
                    narrow[COUNT] += 1
                return 0
            self.state[REPLACED] += 1
            self.write_object(span, slot, who.time)
            owed = 0 if existed else 1
        wide[BEGIN] = NONE if existed else who.time
        wide[GOROUTINE] = NONE if existed else who.goroutine
        narrow[TYPE] = type_
        narrow[PROC] = NONE if existed else <int32_t>who.proc
        narrow[BORN] = NONE if existed else <int32_t>self.state[CYCLE]
        narrow[COUNT] = 1
        narrow[OWED] = owed
        return 0

    cdef int free_object(self, int64_t unit, int64_t time) except -1 nogil:
        cdef int64_t row = self.span_of_page(unit // self.state[UNITS_PER_PAGE])
        cdef int64_t slot = NONE
        cdef int64_t* span = NULL
        cdef int32_t* narrow
        if row >= 0:
            span = &self.spans[row, 0]
            slot = self.slot(span, unit)
        if slot >= 0 and span[KIND] == UNKNOWN_KIND and slot + 1 < span[SLOTS]:
            if self.narrow[span[FIRST] + slot, COUNT] == 0:
                slot += 1
        if slot < 0 or self.narrow[span[FIRST] + slot, COUNT] == 0:
            self.state[UNKNOWN_FREES] += 1
            self.write_unknown(span, unit, time)
            return 0
        narrow = &self.narrow[span[FIRST] + slot, 0]
        if narrow[OWED] != 0 and narrow[BORN] == self.state[CYCLE]:
            narrow[OWED] = 0
            self.state[LATE_FREES] += 1
            return 0
        self.write_object(span, slot, time)
        narrow[COUNT] = 0
        return 0

    cdef inline int64_t slot(self, const int64_t* span, int64_t unit) except? -2 nogil:
        cdef int64_t slots = span[SLOTS]
        cdef int64_t slot
        if slots <= 1:
            return 0 if slots else NONE
        # Within at most 10 pages of 1024 units: 32 bits divide faster.
        slot = (
            <uint32_t>(unit - span[PAGE] * self.state[UNITS_PER_PAGE]) // <uint32_t>span[SIZE]
        )
        return slot if slot < slots else NONE

    cdef int64_t span_of_page(self, int64_t page) except? -2 nogil:
        cdef int64_t at = find(self.pages, page + 1, self.state[SEED])
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
            self.free[slots] = self.wide[first, BEGIN]
            return first
        first = self.state[POOL]
        self.state[POOL] += slots
        return first

    cdef int end_span(self, int64_t row, int64_t time) except -1 nogil:
        cdef int64_t out = self.state[SPANS_OUT]
        cdef int64_t page = self.spans[row, PAGE]
        cdef int64_t pages = self.spans[row, COUNT_OF_PAGES]
        cdef int64_t first = self.spans[row, FIRST]
        cdef int64_t slots = self.spans[row, SLOTS]
        cdef int64_t column, number, at, slot
        for slot in range(slots):
            if self.narrow[first + slot, COUNT] != 0:
                self.write_object(&self.spans[row, 0], slot, time)
                self.narrow[first + slot, COUNT] = 0
        if slots:
            self.wide[first, BEGIN] = self.free[slots]
            self.free[slots] = first + 1
        if self.spans[row, KIND] != UNKNOWN_KIND:
            for column in range(4):
                self.spans_out[column, out] = self.spans[row, column]
            self.spans_out[4, out] = time
            for column in range(4, 8):
                self.spans_out[column + 1, out] = self.spans[row, column]
            self.state[SPANS_OUT] += 1
        if slots <= 1:
            pages = 1
        elif pages > MOST_PAGES:
            pages = MOST_PAGES
        for number in range(pages):
            at = find(self.pages, page + number + 1, self.state[SEED])
            if self.pages[at, 0] != 0 and self.pages[at, 1] == row:
                self.remove_page(at)
                self.state[PAGES] -= 1
        self.spans[row, USED] = 0
        self.spans[row, PAGE] = self.state[FREE_SPAN]
        self.state[FREE_SPAN] = row + 1
        return 0

    cdef int write_object(self, const int64_t* span, int64_t slot, int64_t time) except -1 nogil:
        cdef int64_t room = self.objects_out.shape[1]
        cdef int64_t* out = &self.objects_out[0, self.state[OBJECTS_OUT]]
        cdef const int64_t* wide = &self.wide[span[FIRST] + slot, 0]
        cdef const int32_t* narrow = &self.narrow[span[FIRST] + slot, 0]
        out[0] = span[PAGE] * self.state[UNITS_PER_PAGE]
        if span[SLOTS] > 1:
            out[0] += slot * span[SIZE]
        out[room] = wide[BEGIN]
        out[2 * room] = time
        out[3 * room] = narrow[TYPE]
        out[4 * room] = wide[GOROUTINE]
        out[5 * room] = narrow[PROC]
        out[6 * room] = narrow[BORN]
        out[7 * room] = self.state[CYCLE]
        write_span(span, out, room)
        out[11 * room] = narrow[COUNT]
        self.state[OBJECTS_OUT] += 1
        return 0

    cdef int write_unknown(self, const int64_t* span, int64_t unit, int64_t time) except -1 nogil:
        cdef int64_t room = self.objects_out.shape[1]
        cdef int64_t* out = &self.objects_out[0, self.state[OBJECTS_OUT]]
        cdef int64_t column
        for column in range(12):
            out[column * room] = NONE
        out[0] = unit
        out[2 * room] = time
        out[7 * room] = self.state[CYCLE]
        write_span(span, out, room)
        out[11 * room] = 1
        self.state[OBJECTS_OUT] += 1
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
