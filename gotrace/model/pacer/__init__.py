"""When Go collects, by version: goals, triggers, assists, workers, sweeping.

The door is `pacers.pacer_for`; what it gives is a `rules.Pacer`.

==================  =====================================================================
`pacers`            versions as data: which parts each has
`rules`             the interface and the numbers that go in and out
`commit`            goal and trigger together, as set when a mark ends
`stop_the_world`    go1.0 to go1.4: start at the goal itself
`feedback`          go1.5 to go1.17: a trigger ratio, moved after each cycle
`trigger_ratio`     how that ratio moves, and its bounds
`feedback_assists`  what allocations owe meanwhile
`pi_1_18`           go1.18: cons/mark through a PI controller, the minimum applies to the trigger
`heap_goal`         go1.19 on: goal, memory limit, trigger between two bounds
`goal`              the goal of GOGC alone
`limit`             the goal of GOMEMLIMIT alone
`cons_mark`         how long marking will take, from the cycles before (go1.18 on)
`pi_controller`     the controller of go1.18 and go1.19
`assists`           how much an allocation has to mark
`workers`           how many Ps mark in the background
`sweeping`          how much an allocation has to sweep
`starts`            why a cycle starts: heap, time, by force
`marked`            what a mark counts
`integers`          Go's numbers: 64 bits, float64, and the ways between
==================  =====================================================================
"""
