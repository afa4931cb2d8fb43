# Events of one proc, one behind the other, and finding rows by id: see plain/trace_v1/wire.py.

ctypedef const uint8_t[::1] Bytes

# Event numbers.
cdef enum:
    BATCH = 1
    FREQUENCY = 2
    STACK = 3
    GOMAXPROCS = 4
    PROC_START = 5
    PROC_STOP = 6
    GC_START = 7
    GC_DONE = 8
    STW_START = 9
    STW_DONE = 10
    SWEEP_START = 11
    SWEEP_DONE = 12
    CREATE = 13
    START = 14
    END = 15
    STOP = 16
    SCHED = 17
    PREEMPT = 18
    SLEEP = 19
    BLOCK = 20
    UNBLOCK = 21
    SEND = 22
    RECV = 23
    SELECT = 24
    SYNC_BLOCK = 25
    COND = 26
    NET = 27
    SYSCALL = 28
    EXIT = 29
    SYS_BLOCK = 30
    WAITS = 31
    IN_SYSCALL = 32
    ALLOC = 33
    GOAL = 34
    TIMER = 35
    FUTILE = 36
    STRING = 37
    START_LOCAL = 38
    UNBLOCK_LOCAL = 39
    EXIT_LOCAL = 40
    START_LABEL = 41
    BLOCK_GC = 42
    ASSIST_START = 43
    ASSIST_DONE = 44
    TASK = 45
    TASK_END = 46
    REGION = 47
    LOG = 48
    SAMPLE = 49

# Sets of event numbers, one bit each.
cdef extern from *:
    """
    /* The loop over events pays for every call: have what is marked inline really be inline. */
    #if defined(__GNUC__)
    #undef CYTHON_INLINE
    #define CYTHON_INLINE inline __attribute__((always_inline))
    #endif
    #define GT_BIT(n) ((uint64_t)1 << (n))
    #define GT_STRUCTURAL (GT_BIT(2) | GT_BIT(3) | GT_BIT(35) | GT_BIT(37) | GT_BIT(49))
    #define GT_STARTS (GT_BIT(14) | GT_BIT(38) | GT_BIT(41))
    #define GT_BLOCKS (GT_BIT(19) | GT_BIT(20) | GT_BIT(22) | GT_BIT(23) | GT_BIT(24) | \
        GT_BIT(25) | GT_BIT(26) | GT_BIT(27) | GT_BIT(42))
    #define GT_STOPS (GT_BLOCKS | GT_BIT(15) | GT_BIT(16) | GT_BIT(17) | GT_BIT(18) | GT_BIT(30))
    #define GT_NAMED (GT_BIT(29) | GT_BIT(31) | GT_BIT(32))
    #define GT_STACKED (GT_BLOCKS | GT_BIT(4) | GT_BIT(7) | GT_BIT(11) | GT_BIT(13) | \
        GT_BIT(16) | GT_BIT(17) | GT_BIT(18) | GT_BIT(21) | GT_BIT(28) | GT_BIT(39) | \
        GT_BIT(43) | GT_BIT(45) | GT_BIT(46) | GT_BIT(47) | GT_BIT(48))
    /* Reads a number of at most ten bytes, all of which the caller has checked to be there. */
    static inline const uint8_t *gt_number(const uint8_t *at, uint64_t *value) {
        uint64_t result = *at & 0x7F;
        int shift = 7;
        while (*at++ >= 0x80 && shift < 70) {
            result |= (uint64_t)(*at & 0x7F) << shift;
            shift += 7;
        }
        *value = result;
        return at;
    }
    /* The same; NULL for a number that does not fit. */
    static inline const uint8_t *gt_checked(const uint8_t *at, uint64_t *value) {
        uint64_t result = *at & 0x7F;
        int shift = 7;
        while (*at++ >= 0x80) {
            if (shift == 70 || (shift == 63 && *at > 1)) return 0;
            result |= (uint64_t)(*at & 0x7F) << shift;
            shift += 7;
        }
        *value = result;
        return at;
    }
    #define GT_LOW_HALF ((uint64_t)0xFFFFFFFF)
    #define GT_NONE ((uint64_t)-1)
    #define GT_PLAIN (((GT_BIT(45) - 1) & ~(GT_BIT(4) - 1) & ~GT_STRUCTURAL & ~GT_BIT(13) & \
        ~GT_BIT(29) & ~GT_BIT(36)) | GT_BIT(46))
    #define GT_IN(n, set) ((int)((set) >> (n) & 1))
    """
    const uint64_t PLAIN "GT_PLAIN"
    const uint64_t STRUCTURAL "GT_STRUCTURAL"
    const uint64_t STARTS "GT_STARTS"
    const uint64_t BLOCKS "GT_BLOCKS"
    const uint64_t STOPS "GT_STOPS"
    const uint64_t NAMED "GT_NAMED"
    const uint64_t STACKED "GT_STACKED"
    const uint64_t LOW_HALF "GT_LOW_HALF"
    const uint64_t NONE "GT_NONE"
    const uint8_t *take_number_at "gt_number"(const uint8_t *at, uint64_t *value) nogil
    const uint8_t *take_checked_at "gt_checked"(const uint8_t *at, uint64_t *value) nogil
    bint within "GT_IN"(int number, uint64_t numbers) nogil

# Where the events of a proc go on.
cdef struct Cursor:
    int64_t batch
    int64_t at
    int64_t end
    int64_t ticks
    int64_t sequence
    uint64_t goroutine
    int64_t row
    int64_t phase

cdef enum:
    LONGEST_NUMBERS = 80

# `values` beyond those of the event are 0; `stack` is 0 where the event has none.
cdef struct Event:
    int number
    int64_t at
    int64_t ticks
    int64_t sequence
    uint64_t goroutine
    int64_t row
    uint64_t values[4]
    uint64_t stack
    int64_t log_start
    int64_t log_end


cdef uint64_t read_long(Bytes data, int64_t *at) except? NONE nogil:
    """The number of more than one byte at `at`."""
    cdef uint64_t byte, value = 0
    cdef int shift = 0
    while shift < 70:
        byte = data[at[0]]
        at[0] += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            break
        shift += 7
    return value


cdef inline uint64_t read_number(Bytes data, int64_t *at) except? NONE nogil:
    """The number at `at`, of bytes that were checked; moves behind it."""
    cdef uint64_t byte = data[at[0]]
    if byte >= 0x80:
        return read_long(data, at)
    at[0] += 1
    return byte


cdef inline bint is_moved(uint64_t ticks, int64_t written) noexcept nogil:
    """A return from a system call that says it happened at another time than it was written."""
    return ticks != 0 and <int64_t>ticks != written


cdef inline int64_t find_row(
    const uint64_t[::1] ids, const int32_t[::1] buckets, uint64_t first, int shift, uint64_t id_
) except -2 nogil:
    """The row of an id, -1 if there is none."""
    cdef uint64_t stretch
    cdef int64_t low, high, middle
    if ids.shape[0] == 0 or id_ < first:
        return -1
    stretch = (id_ - first) >> shift
    if stretch >= <uint64_t>(buckets.shape[0] - 1):
        return -1
    low = buckets[<Py_ssize_t>stretch]
    high = buckets[<Py_ssize_t>stretch + 1]
    if shift == 0:
        return low if low < high else -1  # a stretch of one id
    while high - low > 1:
        middle = low + (high - low) // 2
        if ids[middle] <= id_:
            low = middle
        else:
            high = middle
    if low < high and ids[low] == id_:
        return low
    return -1


cdef class Wire:
    """What reading events needs."""

    cdef Bytes data
    cdef const uint8_t[::1] counts
    cdef const int64_t[:, ::1] batches
    cdef const int64_t[::1] firsts
    cdef const uint64_t[::1] goroutine_ids
    cdef const int32_t[::1] goroutine_buckets
    cdef uint64_t first_goroutine
    cdef int goroutine_shift
    cdef int sequence


cdef inline int64_t goroutine_row(Wire self, uint64_t id_) except -2 nogil:
    return find_row(
        self.goroutine_ids, self.goroutine_buckets, self.first_goroutine,
        self.goroutine_shift, id_,
    )


cdef inline int64_t read_numbers(
    const uint8_t *begin, int head, int count, int sequence, Cursor *cursor, Event *event
) noexcept nogil:
    """Read the numbers of an event; how many bytes they take.

    `LONGEST_NUMBERS` bytes must be there: seven numbers are the most, their length among them.
    """
    cdef const uint8_t *at = begin
    cdef uint64_t value
    cdef int i
    count -= 1
    if head >= 192:
        at = take_number_at(at, &value)
    if sequence:
        at = take_number_at(at, &value)
        cursor.sequence = <int64_t>(<uint64_t>cursor.sequence + value)
        count -= 1
    at = take_number_at(at, &value)
    cursor.ticks = <int64_t>(<uint64_t>cursor.ticks + value)
    event.ticks = cursor.ticks
    event.sequence = cursor.sequence
    for i in range(count):
        at = take_number_at(at, &event.values[i & 3])
    event.stack = 0
    if within(event.number, STACKED):
        event.stack = event.values[(count - 1) & 3] & LOW_HALF
        event.values[(count - 1) & 3] = 0
    return at - begin


cdef inline bint next_event(Wire self, Cursor *cursor, int64_t proc, Event *event) except -1 nogil:
    """Read the next event of a proc; False if there is none."""
    cdef int head, number, i
    cdef int64_t at = cursor.at, length
    cdef uint8_t tail[LONGEST_NUMBERS]
    while True:
        while at >= cursor.end:
            if cursor.batch >= self.firsts[proc + 1]:
                return False
            at = self.batches[cursor.batch, 0]
            cursor.end = self.batches[cursor.batch, 1]
            cursor.ticks = self.batches[cursor.batch, 2]
            cursor.sequence = self.batches[cursor.batch, 3]
            cursor.batch += 1
        event.at = at
        head = self.data[at]
        at += 1
        number = head & 63
        if not within(number, STRUCTURAL):
            break
        at = skip_structural(self, head, at)
    event.number = number
    event.values[0] = event.values[1] = event.values[2] = event.values[3] = 0
    if at + LONGEST_NUMBERS < self.data.shape[0]:
        at += read_numbers(&self.data[at], head, self.counts[number], self.sequence, cursor, event)
    else:
        for i in range(min(LONGEST_NUMBERS, self.data.shape[0] - at)):
            tail[i] = self.data[at + i]
        at += read_numbers(tail, head, self.counts[number], self.sequence, cursor, event)
    if number == LOG:
        length = <int64_t>read_number(self.data, &at)
        event.log_start = at
        at += length
        event.log_end = at
    cursor.at = at
    if within(number, STARTS):
        cursor.goroutine = event.values[0]
        cursor.row = goroutine_row(self, cursor.goroutine)
    event.goroutine = cursor.goroutine
    event.row = cursor.row
    if within(number, NAMED):
        event.goroutine = event.values[0]
        event.row = goroutine_row(self, event.goroutine)
    elif within(number, STOPS):
        cursor.goroutine = 0
        cursor.row = 0  # the smallest id, so the first row
    return True


cdef int64_t skip_structural(Wire self, int head, int64_t at) except -1 nogil:
    """The offset behind what is no event of a proc, whose head ends at `at`."""
    cdef int number = head & 63, count = self.counts[head & 63], i
    cdef int64_t length
    if number == STRING:
        read_number(self.data, &at)
        length = <int64_t>read_number(self.data, &at)
        return at + length
    if head >= 192:
        length = <int64_t>read_number(self.data, &at)
        return at + length
    if number == STACK:
        count = (head >> 6) + 1 + self.sequence
    for i in range(count):
        read_number(self.data, &at)
    return at
