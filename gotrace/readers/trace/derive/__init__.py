"""From ordered trace events to tables, chunk by chunk: one file a group of tables.

A folder (`folder.py`) takes chunks of events in their order, keeps what it must remember, and hands
out blocks of rows: columns as `gotrace.tables.columns` has them, references as row numbers of
tables that grow (`stacks.py`, `types.py`). What it remembers is bounded by what is alive in the
traced program, never by the length of the trace.
"""
