# Doubly linked lists of rows, through NEXT and PREVIOUS: what is a linked list in Go, and an ordered
# dictionary in the readable model. `heads` has the first and the last row of each list, 0 for none.

cdef inline int list_append(
    Memory m, int32_t[::1] heads, Py_ssize_t which, int32_t row
) except -1 nogil:
    """To the end."""
    cdef int32_t last = heads[2 * which + 1]
    cdef Py_ssize_t at = <Py_ssize_t>row << ROW_SHIFT
    m.rows[at + NEXT] = 0
    m.rows[at + PREVIOUS] = last
    if last:
        m.rows[(<Py_ssize_t>last << ROW_SHIFT) + NEXT] = row
    else:
        heads[2 * which] = row
    heads[2 * which + 1] = row
    return 0


cdef inline int list_prepend(
    Memory m, int32_t[::1] heads, Py_ssize_t which, int32_t row
) except -1 nogil:
    """To the front."""
    cdef int32_t first = heads[2 * which]
    cdef Py_ssize_t at = <Py_ssize_t>row << ROW_SHIFT
    m.rows[at + NEXT] = first
    m.rows[at + PREVIOUS] = 0
    if first:
        m.rows[(<Py_ssize_t>first << ROW_SHIFT) + PREVIOUS] = row
    else:
        heads[2 * which + 1] = row
    heads[2 * which] = row
    return 0


cdef inline int list_remove(
    Memory m, int32_t[::1] heads, Py_ssize_t which, int32_t row
) except -1 nogil:
    """Out of the list, in which it must be."""
    cdef Py_ssize_t at = <Py_ssize_t>row << ROW_SHIFT
    cdef int32_t next = m.rows[at + NEXT]
    cdef int32_t previous = m.rows[at + PREVIOUS]
    if previous:
        m.rows[(<Py_ssize_t>previous << ROW_SHIFT) + NEXT] = next
    else:
        heads[2 * which] = next
    if next:
        m.rows[(<Py_ssize_t>next << ROW_SHIFT) + PREVIOUS] = previous
    else:
        heads[2 * which + 1] = previous
    return 0
