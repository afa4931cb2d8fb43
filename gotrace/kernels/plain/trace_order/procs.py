"""The rules of procs: they run on a thread, are idle, or wait for a system call to end."""

from __future__ import annotations

from gotrace.kernels.plain.trace_order import numbers as n
from gotrace.kernels.plain.trace_order.context import Context, Event
from gotrace.kernels.plain.trace_order.cursors import Broken, NeedsRoom
from gotrace.kernels.plain.trace_order.records import NOBODY, Proc

__all__ = ["MAX_PROCS", "Procs"]

MAX_PROCS = 1 << 20
"""Proc ids at or above this are refused: they index a table."""


class Procs(Context):
    """Events of procs."""

    def proc_status(self, event: Event) -> bool:
        """At the start of a generation (or when first met): what a proc is doing."""
        key, status = event.arguments
        if not n.PROC_RUNNING <= status <= n.PROC_SYSCALL_ABANDONED:
            raise Broken(n.PROC_BAD_STATUS)
        if key >= MAX_PROCS:
            raise Broken(n.PROC_TOO_LARGE)
        if key >= self.state.procs.shape[0]:
            raise NeedsRoom(n.FULL_PROCS)
        proc = self.state.proc(key)
        promoted = False
        if proc is None:
            proc = Proc(self.state.procs, key)
            proc.exists, proc.status, proc.sweeping = 1, status, 0
            first = self.state.is_first_generation
            old = n.PROC_UNDETERMINED if first else n.PROC_NOT_EXIST
        else:
            # "Abandoned in a system call" may have lost information. We lost none if we saw the
            # proc enter the call: then it is still in it.
            promoted = status == n.PROC_SYSCALL_ABANDONED and proc.status == n.PROC_SYSCALL
            if promoted:
                event.arguments[1] = n.PROC_SYSCALL
            elif proc.status != status:
                raise Broken(n.PROC_OTHER_STATUS)
            runs = promoted or status in (n.PROC_RUNNING, n.PROC_SYSCALL)
            old = n.PROC_RUNNING if runs else n.PROC_IDLE
        if promoted:
            self.lean_on_holder(key)
        self.state.restart(proc)
        if status in (n.PROC_RUNNING, n.PROC_SYSCALL):
            self.bind(proc=key)
        return self.emit(event, old)

    def lean_on_holder(self, proc: int) -> None:
        """Put the event into the context of the thread that has the proc.

        The status of a proc that is about to be stolen is written by another thread than the one
        that has it; but "it runs" is true on that one only.
        """
        holder = self.state.holder(proc)
        if holder is None:
            raise Broken(n.PROC_UNHELD)
        self.thread_id, self.proc_id, self.goroutine_id = holder.key, proc, holder.goroutine

    def proc_start(self, event: Event) -> bool:
        """A thread takes an idle proc."""
        key, sequence = event.arguments
        proc = self.state.proc(key)
        if (
            proc is None
            or proc.status != n.PROC_IDLE
            or not self.state.is_next(proc, sequence)
            # In a system call we may still have a proc, which someone has yet to steal.
            or self.proc_id != NOBODY
        ):
            return False
        self.require(proc=False)
        proc.status = n.PROC_RUNNING
        self.state.step(proc, sequence)
        self.bind(proc=key)
        return self.emit(event)

    def proc_stop(self, event: Event) -> bool:
        """A thread gives up the proc it has: possible at once, so it needs no sequence number."""
        proc = self.current_proc()
        if proc.status not in (n.PROC_RUNNING, n.PROC_SYSCALL):
            raise Broken(n.PROC_NOT_RUNNING)
        self.require(proc=True)
        proc.status = n.PROC_IDLE
        self.bind(proc=NOBODY)
        return self.emit(event)

    def proc_steal(self, event: Event) -> bool:
        """A proc is taken from a thread in a system call."""
        key, sequence, victim_id = event.arguments
        proc = self.state.proc(key)
        stealable = (n.PROC_SYSCALL, n.PROC_SYSCALL_ABANDONED)
        if proc is None or proc.status not in stealable or not self.state.is_next(proc, sequence):
            return False
        self.require()
        old = proc.status
        if old == n.PROC_SYSCALL_ABANDONED:
            # Who had it is lost, and that thread may have moved on.
            pass
        elif victim_id == self.thread_id:
            if self.proc_id != key:
                raise Broken(n.SELF_STEAL)
            self.bind(proc=NOBODY)
        else:
            victim = self.state.thread(victim_id)
            if victim is None:
                raise Broken(n.STEAL_FROM_NOBODY)
            if victim.proc != key:
                raise Broken(n.STEAL_OTHER)
            # It is in a system call, and its GoSyscallEndBlocked waits for this.
            victim.proc = NOBODY
        proc.status = n.PROC_IDLE
        self.state.step(proc, sequence)
        return self.emit(event, old)
