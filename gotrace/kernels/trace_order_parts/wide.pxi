# Varints, many at a time and without a branch on their length.
#
# A branch on the length of a number is one the processor guesses wrong every few events, and that
# costs more than decoding it. So 16 bytes are looked at together: one bit for each says whether a
# number ends there, and a number of up to 8 bytes is squeezed out of one load of 8.

cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>
    #ifdef __SSE2__
    #include <emmintrin.h>
    #endif
    static inline uint64_t gotrace_load(const uint8_t *at) {
        uint64_t word;
        memcpy(&word, at, 8);
    #if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        word = __builtin_bswap64(word);
    #endif
        return word;
    }
    static inline uint64_t gotrace_ends_of_word(uint64_t word) {
        word = (~word & UINT64_C(0x8080808080808080)) >> 7;
        return (word * UINT64_C(0x0102040810204080)) >> 56;
    }
    static inline uint64_t gotrace_ends(const uint8_t *at) {
    #ifdef __SSE2__
        uint32_t goes_on = (uint32_t)_mm_movemask_epi8(_mm_loadu_si128((const __m128i *)at));
        return (uint32_t)~goes_on;
    #else
        return gotrace_ends_of_word(gotrace_load(at))
            | gotrace_ends_of_word(gotrace_load(at + 8)) << 8 | UINT64_C(0xFFFF0000);
    #endif
    }
    """
    # Sixteen bits: whether a number ends in each of sixteen bytes. The sixteen bits behind are set.
    uint64_t ends "gotrace_ends"(const uint8_t *at) nogil
    uint64_t load_word "gotrace_load"(const uint8_t *at) nogil
    int lowest_bit "__builtin_ctzll"(uint64_t word) nogil
    const uint64_t SEVENS "UINT64_C(0x7F7F7F7F7F7F7F7F)"
    const uint64_t SEVENS_LOW "UINT64_C(0x007F007F007F007F)"
    const uint64_t SEVENS_HIGH "UINT64_C(0x7F007F007F007F00)"
    const uint64_t PAIRS_LOW "UINT64_C(0x00003FFF00003FFF)"
    const uint64_t PAIRS_HIGH "UINT64_C(0x3FFF00003FFF0000)"
    const uint64_t HALF_LOW "UINT64_C(0x000000000FFFFFFF)"
    const uint64_t HALF_HIGH "UINT64_C(0x0FFFFFFF00000000)"

cdef enum:
    WIDE = 16  # bytes whose ends are looked at together
    WIDE_ROOM = 32  # bytes that must be there to do so: the last number's load ends behind them

cdef inline uint64_t squeeze(uint64_t word, int size) noexcept nogil:
    """The number that the first `size` (1 to 8) bytes of a word are."""
    word &= SEVENS >> ((64 - 8 * size) & 63)
    word = (word & SEVENS_LOW) | ((word & SEVENS_HIGH) >> 1)
    word = (word & PAIRS_LOW) | ((word & PAIRS_HIGH) >> 2)
    return (word & HALF_LOW) | ((word & HALF_HIGH) >> 4)
