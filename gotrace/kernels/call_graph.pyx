# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=True, initializedcheck=False
"""Walks over call stacks: what they carry, where to cut them, and the weights of their nodes.

`gotrace/kernels/plain/call_graph.py` specifies the contract of every function here.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t

__all__ = [
    "add_calls",
    "add_weights",
    "collect_marks",
    "first_marked",
    "last_marked",
    "move_calls",
    "prune_points",
]


def collect_marks(
    const int64_t[::1] begin,
    const int64_t[::1] end,
    const int32_t[::1] locations,
    const uint8_t[::1] marks,
    uint8_t[::1] out,
):
    """Set `out[s]` to the union (bitwise or) of the marks of the locations on stack s."""
    cdef Py_ssize_t stack
    cdef int64_t entry
    cdef uint8_t gathered
    with nogil:
        for stack in range(begin.shape[0]):
            gathered = 0
            for entry in range(begin[stack], end[stack]):
                gathered |= marks[locations[entry]]
            out[stack] = gathered


def first_marked(
    const int64_t[::1] begin,
    const int64_t[::1] end,
    const int32_t[::1] locations,
    const uint8_t[::1] marks,
    int64_t[::1] out,
):
    """Set `out[s]` to the entry nearest to the leaf whose location is marked, -1 if none is."""
    cdef Py_ssize_t stack
    cdef int64_t entry
    with nogil:
        for stack in range(begin.shape[0]):
            out[stack] = -1
            for entry in range(begin[stack], end[stack]):
                if marks[locations[entry]]:
                    out[stack] = entry
                    break


def last_marked(
    const int64_t[::1] begin,
    const int64_t[::1] end,
    const int32_t[::1] locations,
    const uint8_t[::1] marks,
    int64_t[::1] out,
):
    """Set `out[s]` to the entry nearest to the root whose location is marked, -1 if none is."""
    cdef Py_ssize_t stack
    cdef int64_t entry
    with nogil:
        for stack in range(begin.shape[0]):
            out[stack] = -1
            for entry in range(end[stack] - 1, begin[stack] - 1, -1):
                if marks[locations[entry]]:
                    out[stack] = entry
                    break


def prune_points(
    const int64_t[::1] begin,
    const int64_t[::1] end,
    const int32_t[::1] locations,
    const uint8_t[::1] marks,
    int64_t[::1] out,
):
    """Set `out[s]` to the new leaf end of stack s after pruning uninteresting frames."""
    cdef Py_ssize_t stack
    cdef int64_t entry
    cdef uint8_t mark
    cdef bint found_unmarked
    with nogil:
        for stack in range(begin.shape[0]):
            out[stack] = begin[stack]
            found_unmarked = False
            for entry in range(end[stack] - 1, begin[stack] - 1, -1):
                mark = marks[locations[entry]]
                if not mark:
                    found_unmarked = True
                elif found_unmarked:
                    out[stack] = entry if mark == 1 else entry + 1
                    break


def add_weights(
    const int64_t[::1] begin,
    const int64_t[::1] end,
    const int32_t[::1] locations,
    const int64_t[::1] node_offsets,
    const int32_t[::1] nodes,
    const int64_t[::1] weights,
    int64_t[::1] flat,
    int64_t[::1] cum,
    int64_t[::1] last_seen,
):
    """Add the weight of every stack to its nodes."""
    cdef Py_ssize_t stack
    cdef int64_t entry, index
    cdef int64_t weight
    cdef int32_t location, node, leaf
    with nogil:
        for stack in range(begin.shape[0]):
            weight = weights[stack]
            leaf = -1
            for entry in range(end[stack] - 1, begin[stack] - 1, -1):
                location = locations[entry]
                for index in range(node_offsets[location + 1] - 1, node_offsets[location] - 1, -1):
                    node = leaf = nodes[index]
                    if node >= 0 and last_seen[node] != stack:
                        last_seen[node] = stack
                        cum[node] = _sum(cum[node], weight)
            if leaf >= 0:
                flat[leaf] = _sum(flat[leaf], weight)


def add_calls(
    const int64_t[::1] begin,
    const int64_t[::1] end,
    const int32_t[::1] locations,
    const int64_t[::1] node_offsets,
    const int32_t[::1] nodes,
    const int64_t[::1] weights,
    const uint8_t[::1] wanted,
    int64_t[::1] keys,
    int64_t[::1] call_weights,
    uint8_t[::1] is_inline,
    int64_t[::1] last_seen,
    Py_ssize_t first_stack,
    Py_ssize_t used,
):
    """Add the weight of the stacks from `first_stack` on to the calls into wanted nodes."""
    cdef Py_ssize_t stack, slot
    cdef int64_t entry, index, outermost, key
    cdef int64_t count = wanted.shape[0]
    cdef int32_t location, node, parent
    cdef bint is_full = False
    if first_stack < 0:
        raise IndexError("negative row number")
    with nogil:
        for stack in range(first_stack, begin.shape[0]):
            parent = -1
            for entry in range(end[stack] - 1, begin[stack] - 1, -1):
                location = locations[entry]
                outermost = node_offsets[location + 1] - 1
                for index in range(outermost, node_offsets[location] - 1, -1):
                    node = nodes[index]
                    if node < 0:
                        continue
                    if parent >= 0 and node != parent and wanted[node]:
                        key = parent * count + node
                        slot = _slot(keys, key)
                        if keys[slot] == -1:
                            if 2 * (used + 1) > keys.shape[0]:
                                is_full = True
                                break
                            used += 1
                            keys[slot] = key
                            call_weights[slot] = 0
                            is_inline[slot] = 1
                            last_seen[slot] = -1
                        if last_seen[slot] != stack:
                            last_seen[slot] = stack
                            call_weights[slot] = _sum(call_weights[slot], weights[stack])
                            is_inline[slot] &= index != outermost
                    parent = node
                if is_full:
                    break
            if is_full:
                break
    return (stack if is_full else begin.shape[0]), used


def move_calls(
    const int64_t[::1] keys,
    const int64_t[::1] call_weights,
    const uint8_t[::1] is_inline,
    const int64_t[::1] last_seen,
    int64_t[::1] new_keys,
    int64_t[::1] new_weights,
    uint8_t[::1] new_inline,
    int64_t[::1] new_last_seen,
):
    """Copy a table of calls into a larger, empty one."""
    cdef Py_ssize_t slot, new
    if new_keys.shape[0] < keys.shape[0]:
        raise IndexError("the new table is smaller than the old one")
    with nogil:
        for slot in range(keys.shape[0]):
            if keys[slot] != -1:
                new = _slot(new_keys, keys[slot])
                new_keys[new] = keys[slot]
                new_weights[new] = call_weights[slot]
                new_inline[new] = is_inline[slot]
                new_last_seen[new] = last_seen[slot]


cdef inline Py_ssize_t _slot(const int64_t[::1] keys, int64_t key) except -1 nogil:
    """Where `key` is in the table, or the free slot where it belongs."""
    cdef Py_ssize_t mask = keys.shape[0] - 1
    cdef Py_ssize_t slot = ((<uint64_t>key * <uint64_t>0x9E3779B97F4A7C15ULL) >> 32) & mask
    cdef Py_ssize_t _
    for _ in range(mask + 1):
        if keys[slot] == -1 or keys[slot] == key:
            return slot
        slot = (slot + 1) & mask
    with gil:
        raise IndexError("the table of calls is full")


cdef inline int64_t _sum(int64_t a, int64_t b) noexcept nogil:
    """a + b as Go adds: wrapping, which C leaves undefined for signed numbers."""
    return <int64_t>(<uint64_t>a + <uint64_t>b)
