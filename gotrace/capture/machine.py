"""The machine that records, as its kernel describes it."""

from __future__ import annotations

import os
import re
from pathlib import Path

from gotrace.tables.manifest import Machine

__all__ = ["available_memory_bytes", "machine_facts"]

_GROUP_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def machine_facts(gomaxprocs: str = "") -> Machine:
    """CPUs we may use, model, memory, and the runtime's settings in our environment."""
    has_affinity = hasattr(os, "sched_getaffinity")  # Linux; elsewhere all CPUs may be used
    cpus = len(os.sched_getaffinity(0)) if has_affinity else os.cpu_count() or 1
    return Machine(
        cpu_count=cpus,
        cpu_model=_first(r"^model name\s*:\s*(.+)$", "/proc/cpuinfo"),
        memory_bytes=_memory("MemTotal"),
        gomaxprocs=gomaxprocs or os.environ.get("GOMAXPROCS", "") or str(cpus),
        gogc=os.environ.get("GOGC", ""),
        gomemlimit=os.environ.get("GOMEMLIMIT", ""),
    )


def available_memory_bytes() -> int:
    """What may still be taken, by the kernel and by the limit of our control group; 0: unknown."""
    told = [_memory("MemAvailable"), *map(_number, _GROUP_LIMITS)]
    return min((size for size in told if size), default=0)


def _memory(name: str) -> int:
    return int(_first(rf"^{name}:\s*(\d+) kB$", "/proc/meminfo") or 0) << 10


def _number(file: str) -> int:
    return int(_first(r"^(\d{1,18})$", file) or 0)


def _first(pattern: str, file: str) -> str:
    try:
        found = re.search(pattern, Path(file).read_text("utf-8", "replace"), re.M)
    except OSError:
        return ""
    return found[1].strip() if found else ""
