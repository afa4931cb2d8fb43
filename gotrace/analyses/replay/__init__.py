"""What the heap looked like: the objects and spans of a trace, attributed by their addresses.

Every object of an alloc/free trace carries its address; the reader has joined it to its span, its
type, its goroutine and the collections around it. Here these rows are folded, block by block, into
answers; memory grows with what is alive, never with the trace.

- `batch.py`: a block of objects or spans as the folds look at it;
- `moments.py`: the times at which the heap is looked at, and sums that hold from one to the next;
- `pairs.py`, `requests.py`: objects by type and span class, and what had been asked for;
- `census.py`: objects and spans at every moment: the heap's composition;
- `fill.py`: how full each span is; `arenas.py`: where in the address space; `life.py`: span lives;
- `payers.py`, `annotations.py`: goroutines, regions and tasks;
- `heap.py`: all folds together; `*_tables.py` and `findings.py` say what they found;
- `trace_stream.py`: a trace as the stream of allocations that a model of another runtime replays.

Other allocators are asked through `gotrace.model.replay`:

- `bounds.py`: a stream whose sizes are known, or lie between bounds; `runs.py`: its replays;
- `figures.py`: what is compared, and how sure it is; `recorded.py`: what the recording says itself;
- `comparison.py`, `comparison_findings.py`, `model_facts.py`, `run_notes.py`: tables and sentences;
- `returned.py`: what went back to the system.
"""
