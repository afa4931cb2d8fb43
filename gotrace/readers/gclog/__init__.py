"""Logs with lines of `GODEBUG=gctrace=1`, `gcpacertrace=1` and `scavtrace=1`, of Go 1.5 and later.

`heads` knows how the lines begin, `log_lines` finds them in any stream; `cycle_lines`,
`pacer_lines` and `scavenger_lines` read them by version; `mend` puts lines together that were
written into, `runs` tells programs apart, `refine` makes sizes exact where it can, `tables` puts
all together, and `reader` is the way in.
"""
