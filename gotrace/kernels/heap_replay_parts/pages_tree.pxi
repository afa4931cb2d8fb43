# Trees of free runs, by size or by address: `SortedRuns` of `gotrace/model/pages/lists.py` and
# `AddressOrder` of `first_fit.py`.
#
# They are treaps. What is found depends on the order only, never on the shape, so priorities come
# from a seed that no input knows: nobody can make a tree deep.

# Columns of a row that is a free run, beside PAGE, NPAGES, NEXT and PREVIOUS; SPAN_CLASS is FREE_RUN.
cdef enum:
    FREE_RUN = -4
    RELEASED = 3  # pages that went back to the system
    LEFT = 4
    RIGHT = 5
    MOST = 6  # pages of the largest run at or below it


cdef class RunTrees(Pages):
    """Trees, each known by its root; 0 is an empty one."""

    cdef public uint64_t seed
    cdef public bint is_by_size

    cdef inline uint64_t priority(self, int32_t row) noexcept nogil:
        cdef uint64_t mixed = (<uint64_t>row + self.seed) * <uint64_t>0x9E3779B97F4A7C15
        mixed = (mixed ^ (mixed >> 29)) * <uint64_t>0xBF58476D1CE4E5B9
        return mixed ^ (mixed >> 32)

    cdef inline int32_t get(self, int32_t row, int column) except? -1 nogil:
        return self.m.rows[(<Py_ssize_t>row << ROW_SHIFT) + column]

    cdef inline int put(self, int32_t row, int column, int32_t value) except -1 nogil:
        self.m.rows[(<Py_ssize_t>row << ROW_SHIFT) + column] = value
        return 0

    cdef inline bint comes_before(self, int32_t one, int32_t two) except -1 nogil:
        cdef int32_t pages = self.get(one, NPAGES)
        cdef int32_t others = self.get(two, NPAGES)
        if self.is_by_size and pages != others:
            return pages < others
        return self.get(one, PAGE) < self.get(two, PAGE)

    cdef inline int mend(self, int32_t row) except -1 nogil:
        """MOST, from what is directly below."""
        cdef int32_t most = self.get(row, NPAGES)
        cdef int32_t left = self.get(row, LEFT)
        cdef int32_t right = self.get(row, RIGHT)
        if left:
            most = max(most, self.get(left, MOST))
        if right:
            most = max(most, self.get(right, MOST))
        return self.put(row, MOST, most)

    cdef int32_t tree_insert(self, int32_t root, int32_t row) except -1 nogil:
        """Gives the new root."""
        cdef int side
        if root == 0 or self.priority(row) > self.priority(root):
            self.tree_split(root, row)
            self.mend(row)
            return row
        side = LEFT if self.comes_before(row, root) else RIGHT
        self.put(root, side, self.tree_insert(self.get(root, side), row))
        self.mend(root)
        return root

    cdef int tree_split(self, int32_t root, int32_t row) except -1 nogil:
        """What comes before `row` becomes its left tree, what comes after it the right one."""
        cdef int inner = LEFT
        cdef int outer = RIGHT
        if root == 0:
            self.put(row, LEFT, 0)
            return self.put(row, RIGHT, 0)
        if self.comes_before(root, row):
            inner = RIGHT
            outer = LEFT
        self.tree_split(self.get(root, inner), row)
        self.put(root, inner, self.get(row, outer))
        self.put(row, outer, root)
        return self.mend(root)

    cdef int32_t tree_remove(self, int32_t root, int32_t row) except -1 nogil:
        """Gives the new root; `row` must be there."""
        cdef int side
        if root == row:
            return self.tree_merge(self.get(root, LEFT), self.get(root, RIGHT))
        side = LEFT if self.comes_before(row, root) else RIGHT
        self.put(root, side, self.tree_remove(self.get(root, side), row))
        self.mend(root)
        return root

    cdef int32_t tree_merge(self, int32_t left, int32_t right) except -1 nogil:
        """One tree; all of `left` comes before all of `right`."""
        if left == 0 or right == 0:
            return left + right
        if self.priority(left) > self.priority(right):
            self.put(left, RIGHT, self.tree_merge(self.get(left, RIGHT), right))
            self.mend(left)
            return left
        self.put(right, LEFT, self.tree_merge(left, self.get(right, LEFT)))
        self.mend(right)
        return right

    cdef int32_t best_fit(self, int32_t root, int64_t npages) except -1 nogil:
        """By size: the smallest run of at least `npages`, of equals the lowest; 0: there is none."""
        cdef int32_t found = 0
        while root:
            if self.get(root, NPAGES) >= npages:
                found = root
                root = self.get(root, LEFT)
            else:
                root = self.get(root, RIGHT)
        return found

    cdef int32_t first_fit(self, int32_t root, int64_t npages) except -1 nogil:
        """By address: the lowest run of at least `npages`; 0: there is none."""
        cdef int32_t left
        while root and self.get(root, MOST) >= npages:
            left = self.get(root, LEFT)
            if left and self.get(left, MOST) >= npages:
                root = left
            elif self.get(root, NPAGES) >= npages:
                return root
            else:
                root = self.get(root, RIGHT)
        return 0

    cdef int32_t last_of(self, int32_t root) except -1 nogil:
        """The last in order; 0: the tree is empty."""
        while root and self.get(root, RIGHT):
            root = self.get(root, RIGHT)
        return root

    cdef int32_t first_of(self, int32_t root) except -1 nogil:
        """The first in order; 0: the tree is empty."""
        while root and self.get(root, LEFT):
            root = self.get(root, LEFT)
        return root
