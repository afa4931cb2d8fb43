"""Go execution traces: framing, tables of a generation, order, events.

`events.py` is the format's table; `batches.py` cuts the bytes into generations and batches,
`generation.py` decodes what a generation defines, `ordering.py` puts its events in order (with the
kernel `trace_order`), and `stream.py` does all that for one trace after another piece. The formats
of Go 1.5 to 1.21 are read in `v1/`.
"""
