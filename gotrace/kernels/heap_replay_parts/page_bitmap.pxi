# The bitmap of pages and the radix tree over it: `gotrace.model.pages.chunks` and `summary`.
#
# All numbers count from `Memory.base_page` on, which begins an entry of every level of the tree.

cdef enum:
    CHUNK_PAGES = 512
    CHUNK_WORDS = 8
    LEVELS = 5
    RADIX = 8
    RADIX_BITS = 3
    ROOT_CHUNKS = 4096  # chunks of an entry of the root: 16 GiB
    S_START = 0  # free pages in a row from the region's start
    S_LONGEST = 1
    S_END = 2
    S_COLUMNS = 3


cdef inline int first_run(uint64_t bits, int count) noexcept nogil:
    """The lowest bit from which `count` (up to 64) are set; -1 if there is none."""
    cdef int have = 1
    cdef int step
    while have < count and bits:
        step = min(have, count - have)
        bits &= bits >> step
        have += step
    return lowest_bit(bits) if bits else -1


cdef inline int longest_run(uint64_t bits) noexcept nogil:
    """The length of the longest run of set bits."""
    cdef int length = 0
    while bits:
        bits &= bits >> 1
        length += 1
    return length


cdef inline int ones_below(uint64_t bits) noexcept nogil:
    """How many bits in a row are set from bit 0 up."""
    return lowest_bit(~bits) if ~bits else 64


cdef inline int ones_above(uint64_t bits) noexcept nogil:
    """How many bits in a row are set from bit 63 down."""
    return leading_zeros(~bits) if ~bits else 64


@cython.final
cdef class PageBitmap:
    """Which pages are free, and which of those the system has back."""

    cdef public uint64_t[::1] free  # one bit a page
    cdef public uint64_t[::1] scavenged
    cdef public int32_t[::1] tree  # the levels, root first: entry * S_COLUMNS
    cdef Py_ssize_t[LEVELS] levels  # where each begins
    cdef int64_t root_count  # entries of the root

    def attach(self, uint64_t[::1] free, uint64_t[::1] scavenged, int32_t[::1] tree):
        """Use these arrays from here on, which have room for whole entries of the root."""
        cdef Py_ssize_t begin = 0
        cdef Py_ssize_t count
        cdef int level
        self.root_count = free.shape[0] // CHUNK_WORDS // ROOT_CHUNKS
        count = self.root_count
        for level in range(LEVELS):
            self.levels[level] = begin
            begin += count * S_COLUMNS
            count *= RADIX
        if begin != tree.shape[0] or scavenged.shape[0] != free.shape[0]:
            raise IndexError("arrays that do not fit each other")
        self.free = free
        self.scavenged = scavenged
        self.tree = tree

    cdef inline int64_t mapped_limit(self) noexcept nogil:
        """How many pages there is room for."""
        return <int64_t>self.free.shape[0] << 6

    cdef int map_chunks(self, int64_t first, int64_t count) except -1 nogil:
        """New memory: all free, all scavenged."""
        cdef Py_ssize_t word
        for word in range(first * CHUNK_WORDS, (first + count) * CHUNK_WORDS):
            self.free[word] = ~(<uint64_t>0)
            self.scavenged[word] = ~(<uint64_t>0)
        return self.update(first, first + count - 1)

    cdef int use(self, int64_t page, int64_t npages) except -1 nogil:
        """Mark free pages used."""
        cdef int64_t at = page
        cdef int64_t end = page + npages
        cdef uint64_t part
        while at < end:
            part = bits_from(at, end)
            if self.free[at >> 6] & part != part:
                with gil:
                    broken("a page to be used is not free")
            self.free[at >> 6] &= ~part
            self.scavenged[at >> 6] &= ~part
            at = (at | 63) + 1
        return self.update(page // CHUNK_PAGES, (end - 1) // CHUNK_PAGES)

    cdef int release(self, int64_t page, int64_t npages) except -1 nogil:
        """Mark used pages free."""
        cdef int64_t at = page
        cdef int64_t end = page + npages
        cdef uint64_t part
        while at < end:
            part = bits_from(at, end)
            if self.free[at >> 6] & part:
                with gil:
                    broken("a page to be freed is not in use")
            self.free[at >> 6] |= part
            at = (at | 63) + 1
        return self.update(page // CHUNK_PAGES, (end - 1) // CHUNK_PAGES)

    cdef int64_t first_fit(self, int64_t npages) except -2 nogil:
        """The lowest page from which `npages` are free; -1 if there is no such run."""
        cdef int64_t first = 0
        cdef int64_t count = self.root_count
        cdef int64_t page = -1
        cdef int64_t inside
        cdef int level
        for level in range(LEVELS):
            inside = self.scan(level, first, count, npages, &page)
            if inside < 0:
                return page
            first = inside * RADIX
            count = RADIX
        return self.run_in_chunk(inside, <int>npages)

    cdef int64_t scan(
        self, int level, int64_t first, int64_t count, int64_t npages, int64_t *page
    ) except -2 nogil:
        """Along one level: the entry to enter, or -1: then `page` is the answer, or -1."""
        cdef Py_ssize_t at = self.levels[level] + first * S_COLUMNS
        cdef int64_t entry_pages = (<int64_t>CHUNK_PAGES) << (RADIX_BITS * (LEVELS - 1 - level))
        cdef int64_t size = 0
        cdef int64_t entry, start
        page[0] = -1
        for entry in range(first, first + count):
            start = self.tree[at + S_START]
            if size + start >= npages:
                page[0] = entry * entry_pages - size
                return -1
            if self.tree[at + S_LONGEST] >= npages:
                return entry
            if start == entry_pages:
                size += entry_pages
            else:
                size = self.tree[at + S_END]
            at += S_COLUMNS
        return -1

    cdef int64_t run_in_chunk(self, int64_t chunk, int npages) except -1 nogil:
        """The lowest page of `chunk` from which `npages` are free; there is one."""
        cdef int64_t word = chunk * CHUNK_WORDS
        cdef int64_t end = word + CHUNK_WORDS
        cdef int run = 0
        cdef int found
        cdef uint64_t bits
        while word < end:
            bits = self.free[word]
            if run + ones_below(bits) >= npages:
                return (word << 6) - run
            found = first_run(bits, npages) if npages <= 64 else -1
            if found >= 0:
                return (word << 6) + found
            run = run + 64 if ~bits == 0 else ones_above(bits)
            word += 1
        with gil:
            broken("a chunk does not have the run that its summary promises")

    cdef int update(self, int64_t first, int64_t last) except -1 nogil:
        """Mend the tree above chunks `first` to `last`."""
        cdef int64_t chunk
        cdef bint has_changed = False
        cdef int level
        for chunk in range(first, last + 1):
            if self.summarise(chunk):
                has_changed = True
        for level in range(LEVELS - 1, 0, -1):
            if not has_changed:
                return 0
            has_changed = False
            first //= RADIX
            last //= RADIX
            for chunk in range(first, last + 1):
                if self.merge(level, chunk):
                    has_changed = True
        return 0

    cdef bint summarise(self, int64_t chunk) except -1 nogil:
        """The summary of a chunk from its bits; whether it changed."""
        cdef int32_t run = 0
        cdef int32_t longest = 0
        cdef int32_t start = -1
        cdef Py_ssize_t word
        cdef uint64_t bits
        for word in range(chunk * CHUNK_WORDS, (chunk + 1) * CHUNK_WORDS):
            bits = self.free[word]
            if ~bits == 0:
                run += 64
                continue
            run += ones_below(bits)
            if start < 0:
                start = run
            longest = max(longest, run)
            if bits and longest < 64:
                longest = max(longest, longest_run(bits))
            run = ones_above(bits)
        if start < 0:
            start = run
        return self.put(LEVELS - 1, chunk, start, max(longest, run), run)

    cdef bint merge(self, int level, int64_t parent) except -1 nogil:
        """The summary of an entry of the level above `level`; whether it changed."""
        cdef int32_t entry_pages = (<int32_t>CHUNK_PAGES) << (RADIX_BITS * (LEVELS - 1 - level))
        cdef Py_ssize_t at = self.levels[level] + parent * RADIX * S_COLUMNS
        cdef int32_t start = 0
        cdef int32_t longest = 0
        cdef int32_t end = 0
        cdef int child
        for child in range(RADIX):
            if start == child * entry_pages:
                start += self.tree[at + S_START]
            longest = max(longest, end + self.tree[at + S_START], self.tree[at + S_LONGEST])
            if self.tree[at + S_END] == entry_pages:
                end += entry_pages
            else:
                end = self.tree[at + S_END]
            at += S_COLUMNS
        return self.put(level - 1, parent, start, longest, end)

    cdef inline bint put(
        self, int level, int64_t entry, int32_t start, int32_t longest, int32_t end
    ) except -1 nogil:
        cdef Py_ssize_t at = self.levels[level] + entry * S_COLUMNS
        cdef bint has_changed = (
            self.tree[at + S_START] != start
            or self.tree[at + S_LONGEST] != longest
            or self.tree[at + S_END] != end
        )
        self.tree[at + S_START] = start
        self.tree[at + S_LONGEST] = longest
        self.tree[at + S_END] = end
        return has_changed


cdef inline uint64_t bits_from(int64_t page, int64_t end) noexcept nogil:
    """The bits of the pages from `page` to `end` in the word of `page`."""
    cdef uint64_t bits = (~(<uint64_t>0)) << (page & 63)
    if end - (page & ~(<int64_t>63)) < 64:
        bits &= ((<uint64_t>1) << (end & 63)) - 1
    return bits
