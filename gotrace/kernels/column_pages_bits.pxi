# Bits of `column_pages.pyx`: the encodings DELTA_BINARY_PACKED and RLE/bit-packed hybrid.

cdef int64_t varint(uint8_t[::1] out, int64_t at, uint64_t value) except -1 nogil:
    while value >= 0x80:
        out[at] = (value & 0x7F) | 0x80
        value >>= 7
        at += 1
    out[at] = <uint8_t>value
    return at + 1


cdef inline uint64_t zigzag(int64_t value) noexcept nogil:
    return (<uint64_t>value << 1) ^ <uint64_t>(value >> 63)


cdef int64_t deltas(
    const Number* values, int64_t count, bint is_narrow, uint8_t[::1] out, int64_t at
) except -1 nogil:
    """Differences less the lowest of 128, in as many bits as 32 of them need."""
    cdef int64_t[BLOCK] differences
    cdef int64_t first = 1, size, i, low, part, place
    cdef uint64_t bits
    cdef int width
    at = varint(out, at, BLOCK)
    at = varint(out, at, MINIBLOCKS)
    at = varint(out, at, <uint64_t>count)
    at = varint(out, at, zigzag(values[0]))
    while first < count:
        size = count - first if count - first < BLOCK else BLOCK
        out[at + MOST_BLOCK_BYTES] = 0  # within bounds, and so is all that follows
        for i in range(size):
            differences[i] = <int64_t>(
                <uint64_t><int64_t>values[first + i] - <uint64_t><int64_t>values[first + i - 1]
            )
        if is_narrow:
            for i in range(size):
                differences[i] = <int32_t>differences[i]
        low = differences[0]
        for i in range(size):
            low = differences[i] if differences[i] < low else low
        for i in range(size, BLOCK):
            differences[i] = low
        at = varint(out, at, zigzag(low))
        place = at
        at += MINIBLOCKS
        for part in range(MINIBLOCKS):
            bits = 0
            for i in range(part * MINIBLOCK, part * MINIBLOCK + MINIBLOCK):
                differences[i] = <int64_t>(<uint64_t>differences[i] - <uint64_t>low)
                bits |= <uint64_t>differences[i]
            width = width_of(bits)
            out[place + part] = width
            if width:
                pack_32(&differences[part * MINIBLOCK], width, &out[at])
                at += MINIBLOCK * width // 8
        first += size
    return at


cdef inline void pack_32(const int64_t* values, int width, uint8_t* out) noexcept nogil:
    """32 numbers: whole bytes; up to 8 bytes behind them are written, too."""
    cdef int i
    cdef uint64_t[HALF_MINIBLOCK] pairs
    if width <= 16:
        for i in range(0, MINIBLOCK, 8):
            pack_8(values + i, width, out)
            out += width
    elif width <= 32:
        for i in range(HALF_MINIBLOCK):
            pairs[i] = <uint64_t>values[2 * i] | <uint64_t>values[2 * i + 1] << width
        append(pairs, HALF_MINIBLOCK, 2 * width, out)
    else:
        append(<const uint64_t*>values, MINIBLOCK, width, out)


cdef inline void append(
    const uint64_t* values, int count, int width, uint8_t* out
) noexcept nogil:
    """Numbers of more than half a word, one behind the other."""
    cdef uint64_t bits = 0
    cdef int used = 0, i
    for i in range(count):
        bits |= values[i] << used
        used += width
        if used >= 64:
            memcpy(out, &bits, 8)
            out += 8
            used -= 64
            bits = values[i] >> (width - used) if used else 0
    memcpy(out, &bits, 8)


cdef int64_t hybrid(
    const int32_t* from_, int64_t count, int width, uint8_t[::1] out, int64_t at
) except -1 nogil:
    """Runs of one code, and groups of eight codes bit by bit where there are none."""
    cdef int64_t row = 0, same, full, head = NONE, i
    cdef int groups = 0, least = 1 + 8 // width
    cdef int32_t[8] last
    while row < count:
        full = (count - row) // 8
        same = 0
        while same < full and is_same(from_ + row + 8 * same, from_[row]):
            same += 1
        if same >= least:
            if head >= 0:
                out[head] = <uint8_t>(groups << 1 | 1)
                head = NONE
            at = varint(out, at, <uint64_t>same << 4)
            for i in range((width + 7) // 8):
                out[at] = (from_[row] >> (8 * i)) & 0xFF
                at += 1
            row += 8 * same
            continue
        same = same if same else 1
        for i in range(same):
            if head >= 0 and groups == MOST_GROUPS:
                out[head] = <uint8_t>(groups << 1 | 1)
                head = NONE
            if head < 0:
                head, groups = at, 0
                at += 1
            out[at + 40] = 0
            if row + 8 <= count:
                pack_8(from_ + row, width, &out[at])
            else:
                for full in range(8):
                    last[full] = from_[row + full] if row + full < count else 0
                pack_8(last, width, &out[at])
            at += width
            groups += 1
            row += 8
    if head >= 0:
        out[head] = <uint8_t>(groups << 1 | 1)
    return at


cdef inline bint is_same(const int32_t* codes, int32_t code) noexcept nogil:
    return (
        (codes[0] ^ code) | (codes[1] ^ code) | (codes[2] ^ code) | (codes[3] ^ code)
        | (codes[4] ^ code) | (codes[5] ^ code) | (codes[6] ^ code) | (codes[7] ^ code)
    ) == 0


cdef inline uint64_t four(const Number* values, int width) noexcept nogil:
    """Four numbers of 16 bits at most, one behind the other."""
    return (
        (<uint64_t>values[0] | <uint64_t>values[1] << width)
        | (<uint64_t>values[2] | <uint64_t>values[3] << width) << 2 * width
    )


cdef inline void pack_8(const Number* values, int width, uint8_t* out) noexcept nogil:
    """Eight numbers: `width` bytes; up to 8 bytes behind them are written, too."""
    cdef uint64_t bits
    cdef uint64_t low, high
    cdef int i, used = 0
    if width <= 8:
        bits = four(values, width) | four(values + 4, width) << 4 * width
        memcpy(out, &bits, 8)
    elif width <= 16:
        low, high = four(values, width), four(values + 4, width)
        bits = low | high << 4 * width if width < 16 else low
        memcpy(out, &bits, 8)
        bits = high >> (64 - 4 * width)
        memcpy(out + 8, &bits, 8)
    else:
        bits = 0
        for i in range(8):
            bits |= <uint64_t>values[i] << used
            used += width
            while used >= 8:
                out[0] = bits & 0xFF
                out += 1
                bits >>= 8
                used -= 8
