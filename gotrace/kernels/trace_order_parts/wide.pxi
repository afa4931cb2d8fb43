# Varints, many at a time and without a branch on their length.
#
# A branch on the length of a number is one the processor guesses wrong every few events, and that
# costs more than decoding it. So 16 bytes are looked at together: one bit for each says whether a
# number ends there, and a number of up to 8 bytes is squeezed out of one load of 8.

cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>
    static inline uint64_t gotrace_load(const uint8_t *at) {
        uint64_t word;
        memcpy(&word, at, 8);
    #if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        word = __builtin_bswap64(word);
    #endif
        return word;
    }
    """
    uint64_t load_word "gotrace_load"(const uint8_t *at) nogil
    int lowest_bit "__builtin_ctzll"(uint64_t word) nogil
    const uint64_t HIGH_BITS "UINT64_C(0x8080808080808080)"
    const uint64_t GATHER "UINT64_C(0x0002040810204081)"
    const uint64_t SEVENS "UINT64_C(0x7F7F7F7F7F7F7F7F)"
    const uint64_t SEVENS_LOW "UINT64_C(0x007F007F007F007F)"
    const uint64_t SEVENS_HIGH "UINT64_C(0x7F007F007F007F00)"
    const uint64_t PAIRS_LOW "UINT64_C(0x00003FFF00003FFF)"
    const uint64_t PAIRS_HIGH "UINT64_C(0x3FFF00003FFF0000)"
    const uint64_t HALF_LOW "UINT64_C(0x000000000FFFFFFF)"
    const uint64_t NO_END "UINT64_C(0xFF0000)"
    const uint64_t HALF_HIGH "UINT64_C(0x0FFFFFFF00000000)"

cdef enum:
    WIDE = 16  # bytes whose ends are looked at together
    WIDE_ROOM = 32  # bytes that must be there to do so: the last number's load ends behind them

cdef inline uint64_t ends_of_word(uint64_t word) noexcept nogil:
    """Eight bits: whether a number ends in each of eight bytes."""
    return (((~word & HIGH_BITS) >> 7) * (GATHER << 7)) >> 56


cdef inline uint64_t ends(const uint8_t *at) noexcept nogil:
    """Sixteen bits: whether a number ends in each of sixteen bytes. More bits are set behind."""
    return ends_of_word(load_word(at)) | ends_of_word(load_word(at + 8)) << 8 | NO_END


cdef inline uint64_t squeeze(uint64_t word, int size) noexcept nogil:
    """The number that the first `size` (1 to 8) bytes of a word are."""
    word &= SEVENS >> ((64 - 8 * size) & 63)
    word = (word & SEVENS_LOW) | ((word & SEVENS_HIGH) >> 1)
    word = (word & PAIRS_LOW) | ((word & PAIRS_HIGH) >> 2)
    return (word & HALF_LOW) | ((word & HALF_HIGH) >> 4)
