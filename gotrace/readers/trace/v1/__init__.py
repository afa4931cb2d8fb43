"""Go's first execution trace format, Go 1.5 to 1.21.

`events.py` is the format's table; `decoding.py` goes through a file and notes where things are,
`tables.py` makes strings, stacks and directories of ids from that, `ordering.py` finds the order in
which the events happened, and `stream.py` yields them, in the words of the format since Go 1.22.
"""
