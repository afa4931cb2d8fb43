"""The rules of goroutines: created, runnable, running, in a system call, waiting, gone."""

from __future__ import annotations

from gotrace.kernels.plain.trace_order import numbers as n
from gotrace.kernels.plain.trace_order.context import Context, Event
from gotrace.kernels.plain.trace_order.cursors import Broken
from gotrace.kernels.plain.trace_order.records import NOBODY

__all__ = ["Goroutines"]


class Goroutines(Context):
    """Events of goroutines."""

    def go_status(self, event: Event) -> bool:
        """Once a generation: what a goroutine is doing."""
        key, thread_id, status = event.arguments[:3]
        if not n.GO_RUNNABLE <= status <= n.GO_WAITING:
            raise Broken(n.GOROUTINE_BAD_STATUS)
        goroutine = self.state.goroutine(key)
        if goroutine is not None and goroutine.status != status:
            raise Broken(n.GOROUTINE_OTHER_STATUS)
        if goroutine is None and not self.state.is_first_generation:
            raise Broken(n.GOROUTINE_UNANNOUNCED)
        if status == n.GO_SYSCALL:
            self.in_syscall(key, thread_id)
        elif status == n.GO_RUNNING:
            self.bind(goroutine=key)
        if goroutine is None:
            self.state.add_goroutine(key, status)
            return self.emit(event, n.GO_UNDETERMINED)
        self.state.restart(goroutine)
        return self.emit(event, status)

    def in_syscall(self, key: int, thread_id: int) -> None:
        """Bind a goroutine in a system call to the thread that its status names."""
        if thread_id == NOBODY:
            raise Broken(n.SYSCALL_WITHOUT_THREAD)
        if thread_id == self.thread_id:
            # After the first generation the binding must have been seen.
            if not self.state.is_first_generation and self.goroutine_id != key:
                raise Broken(n.SYSCALL_ELSEWHERE)
            self.bind(goroutine=key)
            return
        # Another thread, which has been in the call for the whole generation. It has no proc: the
        # runtime takes all procs from such threads when a generation begins.
        thread = self.state.thread(thread_id)
        if thread is not None:
            if thread.goroutine != key:
                raise Broken(n.SYSCALL_ELSEWHERE)
            self.goroutine_id = key
        else:
            # This event is the binding one; its context is what was before.
            self.state.add_thread(thread_id).goroutine = key
        self.thread_id = thread_id

    def go_create(self, event: Event) -> bool:
        """A goroutine is created, on a proc but not always by a goroutine."""
        self.require(proc=True)
        creator = self.state.goroutine(self.goroutine_id)
        if creator is not None and creator.status != n.GO_RUNNING:
            raise Broken(n.GOROUTINE_NOT_RUNNING)
        key = event.arguments[0]
        if self.state.goroutine(key) is not None:
            raise Broken(n.GOROUTINE_EXISTS)
        blocked = event.kind == n.GO_CREATE_BLOCKED
        self.state.add_goroutine(key, n.GO_WAITING if blocked else n.GO_RUNNABLE)
        return self.emit(event)

    def go_create_syscall(self, event: Event) -> bool:
        """C code calls Go on a thread that had no goroutine: one appears, in a system call."""
        self.require(goroutine=False)
        key = event.arguments[0]
        if self.state.goroutine(key) is not None:
            raise Broken(n.GOROUTINE_EXISTS)
        self.state.add_goroutine(key, n.GO_SYSCALL)
        self.bind(goroutine=key)
        return self.emit(event)

    def go_start(self, event: Event) -> bool:
        """A runnable goroutine starts to run."""
        key, sequence = event.arguments
        goroutine = self.state.goroutine(key)
        if (
            goroutine is None
            or goroutine.status != n.GO_RUNNABLE
            or not self.state.is_next(goroutine, sequence)
        ):
            return False
        self.require(proc=True, goroutine=False)
        goroutine.status = n.GO_RUNNING
        self.state.step(goroutine, sequence)
        self.bind(goroutine=key)
        return self.emit(event)

    def go_stop(self, event: Event) -> bool:
        """The running goroutine ends, yields or blocks: always possible, on its own thread."""
        goroutine = self.running()
        if event.kind == n.GO_DESTROY:
            self.state.remove_goroutine(goroutine)
        else:
            goroutine.status = n.GO_RUNNABLE if event.kind == n.GO_STOP else n.GO_WAITING
        self.bind(goroutine=NOBODY)
        return self.emit(event)

    def go_unblock(self, event: Event) -> bool:
        """A waiting goroutine becomes runnable; anything can do that, a timer thread too."""
        key, sequence = event.arguments
        goroutine = self.state.goroutine(key)
        if (
            goroutine is None
            or goroutine.status != n.GO_WAITING
            or not self.state.is_next(goroutine, sequence)
        ):
            return False
        goroutine.status = n.GO_RUNNABLE
        self.state.step(goroutine, sequence)
        return self.emit(event)

    def go_switch(self, event: Event) -> bool:
        """A coroutine switch: the other goroutine is unblocked, this one blocks (or ends), and the
        other one starts; three events in one, that becomes possible like a start of the other.
        """
        goroutine = self.running()
        key, sequence = event.arguments
        other = self.state.goroutine(key)
        if other is None or other.status != n.GO_WAITING or not self.state.is_next(other, sequence):
            return False
        self.emit(event)
        if event.kind == n.GO_SWITCH:
            goroutine.status = n.GO_WAITING
            self.write(n.GO_BLOCK, event.time, [0])
        else:
            self.state.remove_goroutine(goroutine)
            self.write(n.GO_DESTROY, event.time, [])
        other.status = n.GO_RUNNING
        self.state.step(other, sequence)
        self.bind(goroutine=key)
        self.goroutine_id = NOBODY
        self.write(n.GO_START, event.time, [key, sequence])
        return True

    def go_syscall_begin(self, event: Event) -> bool:
        """The running goroutine enters a system call; thread and proc stay, for now.

        The proc's sequence number tells, however wrong the clocks are, from which of several calls
        a ProcSteal takes the proc. The proc runs here, so that the number must fit at once.
        """
        goroutine = self.running()
        proc = self.current_proc()
        sequence = event.arguments[0]
        if not self.state.is_next(proc, sequence):
            raise Broken(n.PROC_SEQUENCE)
        goroutine.status = n.GO_SYSCALL
        proc.status = n.PROC_SYSCALL
        self.state.step(proc, sequence)
        return self.emit(event)

    def go_syscall_end(self, event: Event) -> bool:
        """The goroutine returns from a system call with its proc still at hand."""
        self.user_goroutine()
        goroutine = self.current()
        if goroutine.status != n.GO_SYSCALL:
            raise Broken(n.GOROUTINE_NOT_IN_SYSCALL)
        proc = self.current_proc()
        if proc.status != n.PROC_SYSCALL:
            raise Broken(n.PROC_NOT_IN_SYSCALL)
        goroutine.status = n.GO_RUNNING
        proc.status = n.PROC_RUNNING
        return self.emit(event)

    def go_syscall_end_blocked(self, event: Event) -> bool:
        """The goroutine returns from a system call in which its proc was lost.

        While the thread still has a proc in a system call, the loss (ProcStop, ProcSteal) is yet to
        come. It may already have another proc, but that one is not in a system call.
        """
        if self.proc_id != NOBODY and self.current_proc().status == n.PROC_SYSCALL:
            return False
        self.require(goroutine=True)
        goroutine = self.current()
        if goroutine.status != n.GO_SYSCALL:
            raise Broken(n.GOROUTINE_NOT_IN_SYSCALL)
        goroutine.status = n.GO_RUNNABLE
        self.bind(goroutine=NOBODY)
        return self.emit(event)

    def go_destroy_syscall(self, event: Event) -> bool:
        """C code that had called Go returns: its goroutine disappears, and its proc with it.

        The system may give the thread's id to a new thread, which could then steal the proc back
        from "itself": so the proc is abandoned, and an event says that it was stolen.
        """
        self.require(goroutine=True)
        goroutine = self.current()
        if goroutine.status != n.GO_SYSCALL:
            raise Broken(n.GOROUTINE_NOT_IN_SYSCALL)
        if self.proc_id != NOBODY:
            proc = self.current_proc()
            if proc.status != n.PROC_SYSCALL:
                raise Broken(n.PROC_NOT_IN_SYSCALL)
            proc.status = n.PROC_SYSCALL_ABANDONED
            self.write(n.PROC_STEAL, event.time, [self.proc_id, 0, 0, n.PROC_SYSCALL])
        self.state.remove_goroutine(goroutine)
        self.bind(proc=NOBODY, goroutine=NOBODY)
        return self.emit(event)
