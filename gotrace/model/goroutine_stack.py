"""The stack of one goroutine: it doubles when a call does not fit, and halves when little is used.

A larger stack is taken first, then all is copied, then the old one is given back: both exist for a
moment. A collection takes half of a stack of which less than a quarter is in use. A goroutine that
ends keeps a stack of the starting size for the next one, and gives back any other. Sources:
`newstack`, `copystack`, `shrinkstack` in `runtime/stack.go`, `gfput` in `runtime/proc.go` (go1.19
on; before, the starting size was always 2 KiB).
"""

from __future__ import annotations

from dataclasses import dataclass

from gotrace.model.stacks import GUARD_BYTES, MIN_STACK_BYTES, Stacks

__all__ = ["NOSPLIT_BYTES", "GoroutineStack", "grown_stack_bytes", "shrunk_stack_bytes"]

NOSPLIT_BYTES = 800
"""What calls that do not check may need, and so counts as used (`stackNosplit`)."""

_SMALL_FRAME_BYTES = 128
"""So much of a frame may reach into the guard (`abi.StackSmall`)."""


def grown_stack_bytes(stack_bytes: int, used_bytes: int = 0, frame_bytes: int = 0) -> int:
    """The size that follows when a frame of `frame_bytes` does not fit any longer.

    Twice as much, and again until the frame and its guard fit.
    """
    grown = 2 * stack_bytes
    while grown - used_bytes < frame_bytes + GUARD_BYTES:
        grown *= 2
    return grown


def shrunk_stack_bytes(stack_bytes: int, used_bytes: int) -> int:
    """The size after a collection that found `used_bytes` in use."""
    is_little = used_bytes + NOSPLIT_BYTES < stack_bytes // 4
    return stack_bytes // 2 if is_little and stack_bytes >= 2 * MIN_STACK_BYTES else stack_bytes


@dataclass
class GoroutineStack:
    """A goroutine's stack, on some P's turn; sizes are in bytes."""

    stacks: Stacks
    size_bytes: int
    address: int

    @classmethod
    def started(
        cls, stacks: Stacks, cache: int | None, size_bytes: int = MIN_STACK_BYTES
    ) -> GoroutineStack:
        """The stack of a new goroutine. Raises ValueError for sizes no stack has."""
        return cls(stacks, size_bytes, stacks.allocate(size_bytes, cache))

    def call(self, used_bytes: int, frame_bytes: int, cache: int | None) -> bool:
        """A frame of `frame_bytes` is needed above `used_bytes`; whether the stack had to grow.

        Raises ValueError beyond 1 GiB, where Go gives up, too.
        """
        room = self.size_bytes - used_bytes - max(0, frame_bytes - _SMALL_FRAME_BYTES)
        if room > GUARD_BYTES:
            return False
        self._copy(grown_stack_bytes(self.size_bytes, used_bytes, frame_bytes), cache)
        return True

    def collect(self, used_bytes: int, cache: int | None) -> bool:
        """A collection looks at the stack; whether it shrank."""
        size_bytes = shrunk_stack_bytes(self.size_bytes, used_bytes)
        is_shrunk = size_bytes < self.size_bytes
        if is_shrunk:
            self._copy(size_bytes, cache)
        return is_shrunk

    def end(self, cache: int | None, starting_bytes: int = MIN_STACK_BYTES) -> bool:
        """The goroutine ends; whether its stack went back, not to the next goroutine."""
        is_freed = self.size_bytes != starting_bytes
        if is_freed:
            self.stacks.free(self.address, self.size_bytes, cache)
        return is_freed

    def _copy(self, size_bytes: int, cache: int | None) -> None:
        address = self.stacks.allocate(size_bytes, cache)
        self.stacks.free(self.address, self.size_bytes, cache)
        self.address, self.size_bytes = address, size_bytes
