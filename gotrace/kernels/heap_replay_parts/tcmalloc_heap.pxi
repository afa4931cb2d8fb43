# The heap of tcmalloc: `gotrace.model.tcmalloc_heap`.

cdef enum:
    STEAL_BYTES = 64 << 10
    MAX_OVERAGES = 3
    LONGEST_LIST = 8192
    TRANSFER_SLOTS = 64
    TRANSFER_BYTES = 1 << 20
    STEAL_ATTEMPTS = 10
    # Columns of `caches` behind those of go1.0.
    L_MAX_LENGTH = 3  # less one, so that a new list is all 0
    L_OVERAGES = 4
    T_COLUMNS = 5
    # Columns of `threads`; threads are numbered from 1 on, 0 is none.
    T_BYTES = 0
    T_MAX_BYTES = 1
    T_OLDER = 2
    T_NEWER = 3
    T_EXISTS = 4
    THREAD_COLUMNS = 5


@cython.final
cdef class TcmallocHeap(ListHeap):
    """Thread caches, central lists with transfer batches, a page heap."""

    cdef public int64_t[::1] caches  # (cache * class_count + size class) * T_COLUMNS
    cdef public int64_t[::1] threads  # (cache + 1) * THREAD_COLUMNS
    cdef public int64_t[::1] batches  # size class * TRANSFER_SLOTS: heads
    cdef public int32_t[::1] batch_counts
    cdef public int64_t least_bytes
    cdef public int64_t unclaimed_bytes
    cdef public bint is_classic
    cdef int newest
    cdef int next_victim  # 0: the newest

    cdef int allocate(self, int cache, int64_t size, bint has_pointers) except -1 nogil:
        cdef int32_t row
        cdef uint64_t item
        cdef int size_class
        self.is_tiny = self.is_new_span = False
        if size > self.m.max_small_bytes:
            row = self.take_pages(cache, self.pages_for(size), 0)
            return self.give_large(row) if row else REFUSED
        size_class = self.m.class_of[((size + 7) >> 3) * 2]
        self.meet(cache)
        item = self.pop(cache, size_class)
        if not item:
            return REFUSED
        return self.give(<int32_t>(item >> OBJECT_SHIFT), <int>(item & SLOT_MASK))

    cdef int begin_mark(self) except -1 nogil:
        """There is no collector."""
        return 0

    cdef int64_t end_mark(self) except -1 nogil:
        return 0

    cdef int free(self, int32_t row, int slot, int cache) except -1 nogil:
        """To the list of thread `cache`."""
        cdef Py_ssize_t row_at = <Py_ssize_t>row << ROW_SHIFT
        cdef int size_class = self.m.rows[row_at + SIZE_CLASS]
        cdef Py_ssize_t at = self.list_at(cache, size_class)
        cdef Py_ssize_t thread = (cache + 1) * THREAD_COLUMNS
        self.drop(row_at, slot)
        if size_class == 0:
            return self.release(row)
        self.meet(cache)
        self.m.words[self.link_of(row_at, slot)] = <uint64_t>self.caches[at + L_HEAD]
        self.caches[at + L_HEAD] = (<int64_t>row << OBJECT_SHIFT) | slot
        self.caches[at + L_COUNT] += 1
        self.threads[thread + T_BYTES] += self.slot_size(size_class)
        if self.caches[at + L_COUNT] > self.caches[at + L_MAX_LENGTH] + 1:
            self.list_too_long(cache, size_class)
        if self.threads[thread + T_BYTES] > self.threads[thread + T_MAX_BYTES] - self.is_classic:
            self.scavenge(cache)
        return 0

    cdef int flush(self, int cache) except -1 nogil:
        """The thread ends: all its objects go back, and what it was allowed to have."""
        cdef Py_ssize_t thread = (cache + 1) * THREAD_COLUMNS
        cdef Py_ssize_t at, column
        cdef int size_class
        if not self.threads[thread + T_EXISTS]:
            return 0
        self.unlink_thread(cache + 1)
        for size_class in range(1, self.class_count):
            at = self.list_at(cache, size_class)
            self.give_back(cache, size_class, self.caches[at + L_COUNT])
            for column in range(at, at + T_COLUMNS):
                self.caches[column] = 0
        self.unclaimed_bytes += self.threads[thread + T_MAX_BYTES]
        for column in range(thread, thread + THREAD_COLUMNS):
            self.threads[column] = 0
        return 0

    # Threads.

    cdef inline Py_ssize_t list_at(self, int cache, int size_class) noexcept nogil:
        return (<Py_ssize_t>cache * self.class_count + size_class) * T_COLUMNS

    cdef inline int64_t slot_size(self, int size_class) except -1 nogil:
        return self.m.classes[(size_class << CLASS_SHIFT) + C_SLOT_BYTES]

    cdef inline int64_t batch(self, int size_class) except -1 nogil:
        """Objects that move at once."""
        return transfer_count(self.slot_size(size_class))

    cdef inline int meet(self, int cache) except -1 nogil:
        """`_thread`: the thread may be new."""
        if self.threads[(cache + 1) * THREAD_COLUMNS + T_EXISTS]:
            return 0
        return self.begin_thread(cache + 1)

    cdef int begin_thread(self, int thread) except -1 nogil:
        cdef Py_ssize_t at = thread * THREAD_COLUMNS
        self.threads[at + T_EXISTS] = 1
        self.threads[at + T_OLDER] = self.newest
        if self.newest:
            self.threads[self.newest * THREAD_COLUMNS + T_NEWER] = thread
        self.newest = thread
        self.allow_more(thread)
        if self.threads[at + T_MAX_BYTES] == 0:
            self.threads[at + T_MAX_BYTES] = self.least_bytes
            self.unclaimed_bytes -= self.least_bytes
        return 0

    cdef int unlink_thread(self, int thread) except -1 nogil:
        cdef Py_ssize_t at = thread * THREAD_COLUMNS
        cdef int older = <int>self.threads[at + T_OLDER]
        cdef int newer = <int>self.threads[at + T_NEWER]
        if self.next_victim == thread:
            self.next_victim = older
        if newer:
            self.threads[newer * THREAD_COLUMNS + T_OLDER] = older
        else:
            self.newest = older
        if older:
            self.threads[older * THREAD_COLUMNS + T_NEWER] = newer
        return 0

    cdef int allow_more(self, int thread) except -1 nogil:
        """64 KiB more, from what is unclaimed or from another thread."""
        cdef Py_ssize_t at = thread * THREAD_COLUMNS
        cdef Py_ssize_t other
        cdef int victim, attempt
        if self.unclaimed_bytes > 0:
            self.unclaimed_bytes -= STEAL_BYTES
            self.threads[at + T_MAX_BYTES] += STEAL_BYTES
            return 0
        for attempt in range(STEAL_ATTEMPTS):
            victim = self.next_victim if self.next_victim else self.newest
            other = victim * THREAD_COLUMNS
            self.next_victim = <int>self.threads[other + T_OLDER]
            if victim != thread and self.threads[other + T_MAX_BYTES] > self.least_bytes:
                self.threads[other + T_MAX_BYTES] -= STEAL_BYTES
                self.threads[at + T_MAX_BYTES] += STEAL_BYTES
                return 0
        return 0

    cdef inline uint64_t pop(self, int cache, int size_class) except? 1 nogil:
        """The head of the list, which is fetched if it was empty; 0: no address space is left."""
        cdef Py_ssize_t at = self.list_at(cache, size_class)
        cdef uint64_t item
        if not self.caches[at + L_COUNT]:
            return self.fetch(cache, size_class)
        item = <uint64_t>self.caches[at + L_HEAD]
        self.caches[at + L_HEAD] = <int64_t>self.m.words[self.link(item)]
        self.caches[at + L_COUNT] -= 1
        self.caches[at + L_LOW_WATER] = min(self.caches[at + L_LOW_WATER], self.caches[at + L_COUNT])
        self.threads[(cache + 1) * THREAD_COLUMNS + T_BYTES] -= self.slot_size(size_class)
        return item

    cdef uint64_t fetch(self, int cache, int size_class) except? 1 nogil:
        """`FetchFromCentralCache`: the first object is handed out, the others fill the list."""
        cdef Py_ssize_t at = self.list_at(cache, size_class)
        cdef int64_t batch = self.batch(size_class)
        cdef int64_t length = self.caches[at + L_MAX_LENGTH] + 1
        cdef int64_t count = min(length, batch)
        cdef uint64_t item = self.remove_range(cache, size_class, &count)
        if not item:
            return 0
        self.caches[at + L_HEAD] = <int64_t>self.m.words[self.link(item)]
        self.caches[at + L_COUNT] = count - 1
        self.threads[(cache + 1) * THREAD_COLUMNS + T_BYTES] += (
            (count - 1) * self.slot_size(size_class)
        )
        if length < batch:
            length += 1
        else:
            length = min(length + batch, <int64_t>LONGEST_LIST)
            length -= length % batch
        self.caches[at + L_MAX_LENGTH] = length - 1
        return item

    cdef int list_too_long(self, int cache, int size_class) except -1 nogil:
        cdef Py_ssize_t at = self.list_at(cache, size_class)
        cdef int64_t batch = self.batch(size_class)
        self.give_back(cache, size_class, batch)
        if self.caches[at + L_MAX_LENGTH] + 1 < batch:
            self.caches[at + L_MAX_LENGTH] += 1
        elif self.caches[at + L_MAX_LENGTH] + 1 > batch:
            self.caches[at + L_OVERAGES] += 1
            if self.caches[at + L_OVERAGES] > MAX_OVERAGES:
                self.caches[at + L_MAX_LENGTH] -= batch
                self.caches[at + L_OVERAGES] = 0
        return 0

    cdef int scavenge(self, int cache) except -1 nogil:
        """Half of what each list never needed goes back; lists above a batch may have less."""
        cdef Py_ssize_t at
        cdef int64_t batch
        cdef int size_class
        for size_class in range(1, self.class_count):
            at = self.list_at(cache, size_class)
            if self.caches[at + L_LOW_WATER] > 0:
                batch = self.caches[at + L_LOW_WATER] // 2
                self.give_back(cache, size_class, max(batch, <int64_t>1))
                batch = self.batch(size_class)
                if self.caches[at + L_MAX_LENGTH] + 1 > batch:
                    self.caches[at + L_MAX_LENGTH] = (
                        max(self.caches[at + L_MAX_LENGTH] + 1 - batch, batch) - 1
                    )
            self.caches[at + L_LOW_WATER] = self.caches[at + L_COUNT]
        return self.allow_more(cache + 1)

    cdef int give_back(self, int cache, int size_class, int64_t count) except -1 nogil:
        """`ReleaseToCentralCache`: the head of the list, in batches."""
        cdef Py_ssize_t at = self.list_at(cache, size_class)
        cdef int64_t batch = self.batch(size_class)
        cdef int64_t moved
        count = min(count, self.caches[at + L_COUNT])
        self.threads[(cache + 1) * THREAD_COLUMNS + T_BYTES] -= count * self.slot_size(size_class)
        while count > 0:
            moved = min(count, batch)
            self.caches[at + L_COUNT] -= moved
            self.caches[at + L_LOW_WATER] = min(
                self.caches[at + L_LOW_WATER], self.caches[at + L_COUNT]
            )
            self.caches[at + L_HEAD] = <int64_t>self.insert_range(
                size_class, <uint64_t>self.caches[at + L_HEAD], moved
            )
            count -= moved
        return 0

    # The central lists.

    cdef uint64_t insert_range(self, int size_class, uint64_t item, int64_t count) except? 1 nogil:
        """`count` objects from `item` on: a batch if there is room, else to their spans.

        Gives what follows them.
        """
        cdef int64_t batch = self.batch(size_class)
        cdef int kept = self.batch_counts[size_class]
        cdef int64_t batch_bytes = max(<int64_t>1, self.slot_size(size_class) * batch)
        cdef int64_t most = max(<int64_t>1, TRANSFER_BYTES // batch_bytes)
        cdef uint64_t following = item
        cdef Py_ssize_t link = 0
        if count == batch and kept < min(<int64_t>TRANSFER_SLOTS, most):
            self.batches[size_class * TRANSFER_SLOTS + kept] = <int64_t>item
            self.batch_counts[size_class] = kept + 1
            while count > 0:
                link = self.link(following)
                following = self.m.words[link]
                count -= 1
            self.m.words[link] = 0
            return following
        while count > 0:
            following = self.m.words[self.link(item)]
            return_object(self, item)
            item = following
            count -= 1
        return following

    cdef uint64_t remove_range(self, int cache, int size_class, int64_t *count) except? 1 nogil:
        """A batch as it came, or objects of spans, linked; 0: no address space is left."""
        cdef int kept = self.batch_counts[size_class]
        cdef int32_t row
        if count[0] == self.batch(size_class) and kept:
            self.batch_counts[size_class] = kept - 1
            return <uint64_t>self.batches[size_class * TRANSFER_SLOTS + kept - 1]
        row = self.first(size_class, NONEMPTY)
        if not row:
            row = self.take_pages(cache, self.class_pages(size_class), size_class)
            if not row:
                return 0
            self.put_first(row, NONEMPTY)
            self.is_new_span = True
        return self.objects_of_spans(size_class, row, count)

    cdef uint64_t objects_of_spans(
        self, int size_class, int32_t row, int64_t *count
    ) except? 1 nogil:
        """2.x takes what the first span has; 1.x goes on, and hands out first what came last."""
        cdef int64_t taken = 0
        cdef uint64_t item
        cdef uint64_t head = 0
        cdef uint64_t last = 0
        cdef int32_t start = row
        while taken < count[0] and row and (self.is_classic or row == start):
            item = pop_object(self, row)
            if self.is_classic or not head:
                self.m.words[self.link(item)] = head
                head = item
            else:
                self.m.words[self.link(last)] = item
                self.m.words[self.link(item)] = 0
            last = item
            taken += 1
            row = self.first(size_class, NONEMPTY)
        count[0] = taken
        return head
