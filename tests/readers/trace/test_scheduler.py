"""The rules of order, one small trace for each: what is accepted, and what is refused and why."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gotrace.errors import MalformedError
from gotrace.kernels.plain.trace_order import numbers
from gotrace.readers.trace.events import EVENTS, SYNC
from tests.readers.trace.reading import lines, read
from tests.readers.trace.small import IDLE_PROC, NOBODY, RUNNING, generation, trace
from tests.readers.trace.text_form import encode

PARTS = Path(__file__).parents[3] / "gotrace" / "kernels" / "trace_order_parts"

SYSCALL = RUNNING + "GoSyscallBegin dt=1 p_seq=1 stack=0\n"
OTHER = "ProcStatus dt=2 p=1 pstatus=1\nGoStatus dt=1 g=2 m=2 gstatus=2\n"

ACCEPTED: dict[str, tuple[list[list[str]], list[str]]] = {
    "a goroutine starts once another thread has made it": (
        [
            [
                RUNNING + "GoCreate dt=9 new_g=5 new_stack=1 stack=1",
                IDLE_PROC + "ProcStart dt=1 p=1 p_seq=1\nGoStart dt=1 g=5 g_seq=1",
            ]
        ],
        [
            "2 M1 P- G- ProcStatus proc=0 status=1 old_status=0",
            "3 M2 P- G- ProcStatus proc=1 status=2 old_status=0",
            "4 M2 P- G- ProcStart proc=1 sequence=1",
            "5 M1 P0 G- GoStatus goroutine=1 thread=1 status=2 old_status=0",
            "11 M1 P0 G1 GoCreate goroutine=5 start_stack=0 stack=0",
            "12 M2 P1 G- GoStart goroutine=5 sequence=1",
        ],
    ),
    "a coroutine switch is three events": (
        [
            [
                RUNNING
                + "GoCreateBlocked dt=1 new_g=7 new_stack=0 stack=0\n"
                + "GoSwitch dt=1 g=7 g_seq=1\nGoSwitchDestroy dt=1 g=1 g_seq=1"
            ]
        ],
        [
            "2 M1 P- G- ProcStatus proc=0 status=1 old_status=0",
            "3 M1 P0 G- GoStatus goroutine=1 thread=1 status=2 old_status=0",
            "4 M1 P0 G1 GoCreateBlocked goroutine=7 start_stack=-1",
            "5 M1 P0 G1 GoSwitch goroutine=7 sequence=1",
            "6 M1 P0 G1 GoBlock reason=''",
            "7 M1 P0 G- GoStart goroutine=7 sequence=1",
            "8 M1 P0 G7 GoSwitchDestroy goroutine=1 sequence=1",
            "9 M1 P0 G7 GoDestroy",
            "10 M1 P0 G- GoStart goroutine=1 sequence=1",
        ],
    ),
    "a proc is stolen from a system call, which then ends blocked": (
        [
            [
                SYSCALL + "GoSyscallEndBlocked dt=1",
                OTHER + "ProcSteal dt=9 p=0 p_seq=2 m=1",
            ]
        ],
        [
            "2 M1 P- G- ProcStatus proc=0 status=1 old_status=0",
            "3 M1 P0 G- GoStatus goroutine=1 thread=1 status=2 old_status=0",
            "4 M2 P- G- ProcStatus proc=1 status=1 old_status=0",
            "5 M2 P1 G- GoStatus goroutine=2 thread=2 status=2 old_status=0",
            "6 M1 P0 G1 GoSyscallBegin proc_sequence=1",
            "12 M2 P1 G2 ProcSteal proc=0 sequence=2 thread=1 old_status=3",
            "13 M1 P- G1 GoSyscallEndBlocked",
        ],
    ),
    "a goroutine of C that leaves gives up its proc": (
        [
            [
                "GoCreateSyscall dt=1 new_g=4\nGoSyscallEndBlocked dt=1\n"
                "ProcStatus dt=1 p=0 pstatus=2\nProcStart dt=1 p=0 p_seq=1\n"
                f"GoStatus dt=1 g=4 m={NOBODY} gstatus=1\nGoStart dt=1 g=4 g_seq=1\n"
                "GoSyscallBegin dt=1 p_seq=2 stack=0\nGoDestroySyscall dt=1"
            ]
        ],
        [
            "2 M1 P- G- GoCreateSyscall goroutine=4",
            "3 M1 P- G4 GoSyscallEndBlocked",
            "4 M1 P- G- ProcStatus proc=0 status=2 old_status=0",
            "5 M1 P- G- ProcStart proc=0 sequence=1",
            "6 M1 P0 G- GoStatus goroutine=4 thread=-1 status=1 old_status=1",
            "7 M1 P0 G- GoStart goroutine=4 sequence=1",
            "8 M1 P0 G4 GoSyscallBegin proc_sequence=2",
            "9 M1 P0 G4 ProcSteal proc=0 sequence=0 thread=0 old_status=3",
            "10 M1 P0 G4 GoDestroySyscall",
        ],
    ),
    "a task ends generations later under its name, though the generation has no such string": (
        [
            [RUNNING + "UserTaskBegin dt=1 task=9 parent_task=0 name_string=3 stack=0"],
            [RUNNING + "UserTaskEnd dt=1 task=9 stack=0\nUserTaskEnd dt=1 task=9 stack=0"],
        ],
        [
            "2 M1 P- G- ProcStatus proc=0 status=1 old_status=0",
            "3 M1 P0 G- GoStatus goroutine=1 thread=1 status=2 old_status=0",
            "4 M1 P0 G1 UserTaskBegin task=9 parent=-1 name='task'",
            "101 M1 P0 G1 ProcStatus proc=0 status=1 old_status=1",
            "102 M1 P0 G1 GoStatus goroutine=1 thread=1 status=2 old_status=2",
            "103 M1 P0 G1 UserTaskEnd task=9 parent=-1 name='task'",
            "104 M1 P0 G1 UserTaskEnd task=9 parent=-1 name=''",
        ],
    ),
    "the status of a proc about to be stolen stands on the thread that has it": (
        [
            [
                SYSCALL,
                OTHER + "ProcStatus dt=9 p=0 pstatus=4\nProcSteal dt=1 p=0 p_seq=1 m=1",
            ],
        ],
        [
            "2 M1 P- G- ProcStatus proc=0 status=1 old_status=0",
            "3 M1 P0 G- GoStatus goroutine=1 thread=1 status=2 old_status=0",
            "4 M2 P- G- ProcStatus proc=1 status=1 old_status=0",
            "5 M2 P1 G- GoStatus goroutine=2 thread=2 status=2 old_status=0",
            "6 M1 P0 G1 GoSyscallBegin proc_sequence=1",
            "12 M1 P0 G1 ProcStatus proc=0 status=3 old_status=1",
            "13 M2 P1 G2 ProcSteal proc=0 sequence=1 thread=1 old_status=3",
        ],
    ),
    "the world is started for the reason for which it was stopped": (
        [[RUNNING + "STWBegin dt=1 kind_string=2 stack=1\nSTWEnd dt=1"]],
        [
            "2 M1 P- G- ProcStatus proc=0 status=1 old_status=0",
            "3 M1 P0 G- GoStatus goroutine=1 thread=1 status=2 old_status=0",
            "4 M1 P0 G1 STWBegin kind='wait' stack=0",
            "5 M1 P0 G1 STWEnd kind='wait'",
        ],
    ),
}
REFUSED: dict[str, list[list[str]]] = {
    "BAD_TYPE": [["CPUSample dt=1"]],
    "NO_THREAD": [],  # below: the builder has no events without a thread
    "NO_PROC": [["HeapAlloc dt=1 heapalloc_value=1"]],
    "NO_GOROUTINE": [["ProcStatus dt=1 p=0 pstatus=1\nGoLabel dt=1 label_string=1"]],
    "HAS_GOROUTINE": [
        [RUNNING + "GoCreate dt=1 new_g=5 new_stack=0 stack=0\nGoStart dt=1 g=5 g_seq=1"]
    ],
    "GOROUTINE_UNKNOWN": [
        [
            RUNNING + "GoDestroy dt=90",
            "ProcStatus dt=9 p=1 pstatus=1\nGoStatus dt=1 g=1 m=2 gstatus=2\nGoDestroy dt=9",
        ],
    ],
    "GOROUTINE_NOT_RUNNING": [[SYSCALL + "GoStop dt=1 reason_string=1 stack=0"]],
    "GOROUTINE_NOT_IN_SYSCALL": [[RUNNING + "GoSyscallEnd dt=1"]],
    "GOROUTINE_BAD_STATUS": [["GoStatus dt=1 g=1 m=1 gstatus=5"]],
    "GOROUTINE_OTHER_STATUS": [
        ["GoStatus dt=1 g=1 m=1 gstatus=1\nGoStatus dt=1 g=1 m=1 gstatus=4"]
    ],
    "GOROUTINE_UNANNOUNCED": [[RUNNING], ["GoStatus dt=1 g=8 m=1 gstatus=1"]],
    "SYSCALL_WITHOUT_THREAD": [[f"GoStatus dt=1 g=1 m={NOBODY} gstatus=3"]],
    "SYSCALL_ELSEWHERE": [["GoStatus dt=1 g=1 m=1 gstatus=3", "GoStatus dt=5 g=2 m=1 gstatus=3"]],
    "GOROUTINE_EXISTS": [[RUNNING + "GoCreate dt=1 new_g=1 new_stack=0 stack=0"]],
    "PROC_BAD_STATUS": [["ProcStatus dt=1 p=0 pstatus=0"]],
    "PROC_OTHER_STATUS": [["ProcStatus dt=1 p=0 pstatus=1\nProcStatus dt=1 p=0 pstatus=2"]],
    "PROC_UNHELD": [
        [
            SYSCALL,
            # The goroutine moves to another proc's thread, and takes nothing with it.
            "ProcStatus dt=20 p=9 pstatus=3\nProcStatus dt=1 p=8 pstatus=1\n"
            "ProcStatus dt=1 p=9 pstatus=4",
        ]
    ],
    "PROC_UNKNOWN": [["ProcStop dt=1"]],
    "PROC_NOT_RUNNING": [
        [
            SYSCALL,
            "ProcStatus dt=9 p=0 pstatus=3\nProcStatus dt=1 p=0 pstatus=4\n"
            "ProcSteal dt=1 p=0 p_seq=1 m=1\nProcStop dt=1",
        ]
    ],
    "SELF_STEAL": [[SYSCALL + "ProcStatus dt=1 p=5 pstatus=3\nProcSteal dt=1 p=0 p_seq=2 m=1"]],
    "STEAL_FROM_NOBODY": [[SYSCALL, OTHER + "ProcSteal dt=9 p=0 p_seq=2 m=77"]],
    "STEAL_OTHER": [
        [SYSCALL, OTHER + "ProcSteal dt=9 p=0 p_seq=2 m=3", "ProcStatus dt=3 p=7 pstatus=1"]
    ],
    "PROC_SEQUENCE": [[RUNNING + "GoSyscallBegin dt=1 p_seq=4 stack=0"]],
    "PROC_NOT_IN_SYSCALL": [
        ["ProcStatus dt=1 p=0 pstatus=1\nGoStatus dt=1 g=1 m=1 gstatus=3\nGoSyscallEnd dt=1"]
    ],
    "TASK_EXISTS": [
        [RUNNING + 2 * "UserTaskBegin dt=1 task=1 parent_task=0 name_string=1 stack=0\n"]
    ],
    "STRING_UNKNOWN": [[RUNNING + "GoLabel dt=1 label_string=77"]],
    "STACK_UNKNOWN": [[RUNNING + "GoStop dt=1 reason_string=1 stack=77"]],
    "REGION_OTHER": [
        [
            RUNNING + "UserRegionBegin dt=1 task=1 name_string=1 stack=0\n"
            "UserRegionEnd dt=1 task=1 name_string=2 stack=0"
        ]
    ],
    "GC_ACTIVE_LATE": [[RUNNING + 2 * "GCActive dt=1 gc_seq=1\n"]],
    "GC_ACTIVE_NOT_RUNNING": [
        [RUNNING + "GCBegin dt=1 gc_seq=1 stack=0\nGCEnd dt=1 gc_seq=2"],
        [RUNNING + "GCActive dt=1 gc_seq=3"],
    ],
    "GC_BEGIN_RUNNING": [
        [RUNNING + "GCBegin dt=1 gc_seq=1 stack=0\nGCBegin dt=1 gc_seq=2 stack=0"]
    ],
    "GC_END_NOT_RUNNING": [
        [RUNNING + "GCBegin dt=1 gc_seq=1 stack=0\nGCEnd dt=1 gc_seq=2\nGCEnd dt=1 gc_seq=3"]
    ],
    "GC_END_UNDETERMINED": [[RUNNING + "GCEnd dt=1 gc_seq=1"]],
    "RANGE_BEGUN": [[RUNNING + 2 * "GCSweepBegin dt=1 stack=0\n"]],
    "RANGE_NOT_ACTIVE": [[RUNNING], [RUNNING + "GCMarkAssistActive dt=1 g=1"]],
    "RANGE_NOT_BEGUN": [[RUNNING + "GCMarkAssistEnd dt=1"]],
    "STUCK": [[RUNNING, IDLE_PROC + "ProcStart dt=1 p=1 p_seq=2"]],
    "PROC_TOO_LARGE": [["ProcStatus dt=1 p=1048576 pstatus=1"]],
    "TIME_LONG": [[f"ProcStatus dt={1 << 63} p=1 pstatus=1"]],
}
ELSEWHERE = {
    "FINE": "no reason",
    "CUT": "test_damage.py",
    "NUMBER_LONG": "test_damage.py",
    "HAS_PROC": "a ProcStart on a thread with a proc waits instead",
    "NO_THREAD": "below",
    "BAD_TYPE": "test_damage.py",
}


def small(generations: list[list[str]]) -> bytes:
    parts = [
        generation(number, threads, start=100 * (number - 1))
        for number, threads in enumerate(generations, 1)
    ]
    return encode(trace(*parts))


@pytest.mark.parametrize("plain", [False, True], ids=["compiled", "plain"])
@pytest.mark.parametrize("scene", ACCEPTED)
def test_accepted(scene: str, plain: bool) -> None:
    generations, expected = ACCEPTED[scene]
    outcome = read(small(generations), plain=plain)
    assert outcome.error is None
    assert lines(outcome) == expected


@pytest.mark.parametrize("plain", [False, True], ids=["compiled", "plain"])
@pytest.mark.parametrize("reason", [name for name in REFUSED if name not in ELSEWHERE])
def test_refused(reason: str, plain: bool) -> None:
    error = read(small(REFUSED[reason]), plain=plain).error
    assert isinstance(error, MalformedError)
    assert error.reason.endswith(": " + numbers.REASONS[getattr(numbers, reason)])
    assert error.offset is not None


def test_every_reason_has_a_scene() -> None:
    reasons = {
        name
        for name, value in vars(numbers).items()
        if name.isupper() and name != "REASONS" and not name.startswith(("GO_", "GC_"))
    }
    assert len(numbers.REASONS) <= len(set(REFUSED) | set(ELSEWHERE))
    assert reasons >= set(REFUSED) - {n for n in REFUSED if n.startswith("GC_")}


def test_an_event_of_no_thread_may_only_need_no_thread() -> None:
    text = generation(1, []).replace(
        "EndOfGeneration",
        f"EventBatch gen=1 m={NOBODY} time=0\nHeapObjectFree dt=1 id=1\nEndOfGeneration",
    )
    error = read(encode(trace(text))).error
    assert error is not None
    assert error.reason == "HeapObjectFree: needs a thread"


def test_the_numbers_of_events_are_those_of_the_table() -> None:
    names = {
        re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", event.name).upper(): number
        for number, event in EVENTS.items()
        if number != SYNC
    }
    known = {name: value for name, value in vars(numbers).items() if name in names}
    assert len(known) >= 40
    assert known == {name: names[name] for name in known}


def test_the_numbers_of_the_compiled_kernel_are_those_of_the_plain_one() -> None:
    compiled = re.findall(r"^    ([A-Z_]+) = (\d+)$", (PARTS / "numbers.pxi").read_text(), re.M)
    shared = {name: int(value) for name, value in compiled if hasattr(numbers, name)}
    assert len(shared) >= 100
    assert shared == {name: getattr(numbers, name) for name in shared}
