# The page heap of go1.14 on: `gotrace.model.pages.bitmap` and `page_cache`.

cdef enum:
    CACHE_PAGES = 64
    LARGEST_CACHED_PAGES = 15
    # Columns of `caches`.
    P_PAGE = 0
    P_FREE = 1
    P_SCAVENGED = 2
    P_COLUMNS = 3


@cython.final
cdef class BitmapPages(Pages):
    """First fit by address in a bitmap, with a page cache for each P."""

    cdef public PageBitmap bitmap
    cdef public uint64_t[::1] caches  # cache * P_COLUMNS
    cdef public int64_t next_page  # mapped up to here
    cdef public int64_t first_chunk
    cdef public int64_t padding_pages
    cdef public int64_t growths

    def __init__(self, Memory m not None, PageBitmap bitmap not None, int64_t first_page):
        self.m = m
        self.bitmap = bitmap
        self.padding_pages = first_page % CHUNK_PAGES
        self.next_page = first_page - self.padding_pages
        self.first_chunk = self.next_page // CHUNK_PAGES

    cdef int64_t allocate(self, int64_t npages, int cache) except -1 nogil:
        """Few pages from the P's cache if it has them in a row, all others by first fit."""
        cdef int64_t page = -1
        self.used_pages += npages
        if cache >= 0 and npages <= LARGEST_CACHED_PAGES:
            page = self.from_cache(<int>npages, cache)
        if page >= 0:
            return page
        page = self.bitmap.first_fit(npages)
        while page < 0:
            self.grow(npages)
            page = self.bitmap.first_fit(npages)
        self.bitmap.use(page, npages)
        return page

    cdef int64_t from_cache(self, int npages, int cache) except? -2 nogil:
        """From the block that the cache holds, or from a new one if it holds none."""
        cdef Py_ssize_t at = cache * P_COLUMNS
        cdef int64_t page
        cdef int index
        cdef uint64_t taken
        if not self.caches[at + P_FREE]:
            page = self.bitmap.first_fit(1)
            if page < 0:
                return -1
            self.adopt(at, page)
        index = first_run(self.caches[at + P_FREE], npages)
        if index < 0:
            return -1
        taken = (((<uint64_t>1) << npages) - 1) << index
        self.caches[at + P_FREE] &= ~taken
        self.caches[at + P_SCAVENGED] &= ~taken
        return <int64_t>self.caches[at + P_PAGE] + index

    cdef int adopt(self, Py_ssize_t at, int64_t page) except -1 nogil:
        """The cache takes over the free pages of the block around `page` (`allocToCache`)."""
        cdef Py_ssize_t word = page >> 6
        cdef uint64_t free = self.bitmap.free[word]
        self.caches[at + P_PAGE] = page & ~63
        self.caches[at + P_FREE] = free
        self.caches[at + P_SCAVENGED] = self.bitmap.scavenged[word] & free
        self.bitmap.scavenged[word] &= ~free
        self.bitmap.free[word] = 0
        return self.bitmap.update(page // CHUNK_PAGES, page // CHUNK_PAGES)

    cdef int free(self, int64_t page, int64_t npages) except -1 nogil:
        """Back to the bitmap, never into a page cache."""
        self.used_pages -= npages
        return self.bitmap.release(page, npages)

    cdef int flush(self, int cache) except -1 nogil:
        """`pageCache.flush`."""
        cdef Py_ssize_t at = cache * P_COLUMNS
        cdef int64_t page = <int64_t>self.caches[at + P_PAGE]
        cdef uint64_t free = self.caches[at + P_FREE]
        if not free:
            return 0
        self.bitmap.free[page >> 6] |= free
        self.bitmap.scavenged[page >> 6] |= self.caches[at + P_SCAVENGED]
        self.caches[at + P_FREE] = self.caches[at + P_SCAVENGED] = 0
        return self.bitmap.update(page // CHUNK_PAGES, page // CHUNK_PAGES)

    cdef int room(self, int64_t npages) except -1 nogil:
        """Two growths for `npages`, and what small requests take beside."""
        cdef int64_t wanted = self.next_page + 2 * (npages + CHUNK_PAGES) + SPARE_PAGES
        if wanted <= self.bitmap.mapped_limit() and wanted <= self.m.page_map.shape[0]:
            return FINE
        self.m.wanted_pages = wanted
        return FULL_PAGES

    cdef int grow(self, int64_t npages) except -1 nogil:
        """`mheap.grow`: map whole chunks, at the first growth put the padding in front."""
        cdef int64_t first = self.next_page
        cdef int64_t count = (npages + CHUNK_PAGES - 1) // CHUNK_PAGES * CHUNK_PAGES
        self.next_page = first + count
        self.bitmap.map_chunks(first // CHUNK_PAGES, count // CHUNK_PAGES)
        self.growths += 1
        if self.growths == 1 and self.padding_pages:
            self.bitmap.use(first, self.padding_pages)
        return 0
