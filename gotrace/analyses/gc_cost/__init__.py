"""What memory costs in CPU time, by kind of work and by the call sites that pay for it.

- `functions.py`: the runtime's functions that work for memory, by version;
- `rules.py`: which category a sample falls under, as one list;
- `cpu_values.py`: the samples of a CPU profile, or of a trace, in nanoseconds;
- `classify.py`: each sample's rule, and who asked for the memory;
- `charging.py`, `sites.py`: the collector's work, charged to the sites that allocate;
- `lines.py`: the same for the lines of chosen functions; `scanned.py`: by type, for traces;
- `split.py`, `tables.py`, `findings.py`: sums and sentences; `analysis.py`: the whole `Result`.
"""

from gotrace.analyses.gc_cost.analysis import analyse_gc_cost

__all__ = ["analyse_gc_cost"]
