"""What another GOGC, GOMEMLIMIT or Go version would have done: predictions, with their errors.

=============  =====================================================================
`settings`     what is asked: GOGC, memory limit, Go version
`births`       a trace's objects, added up by birth and by the cycle that freed them
`other_sizes`  the same objects in the slots of another Go version
`recorded`     the recorded cycles, from a trace or from a log
`program`      what the program did whatever the collector: allocated, and kept alive
`live_table`   a program looked up at fixed positions, for many runs
`survival`     how the young die: from those that were young when a cycle looked
`calibration`  what the recording tells of the pacer's inputs
`pace`         how program and collector race while a cycle marks
`overhead`     memory that counts against a limit and is no object
`loop`         program and pacer in closed loop: the cycles of one setting
`prediction`   several such runs: the expected numbers, and their bands
`take`         one recording with all of the above, and which go together
`suggestion`   the setting that fits a budget with the fewest cycles
`results`      tables and findings of predictions
`unknowable`   what cannot be said, and why
=============  =====================================================================
"""
