"""Tri-colour marking, readable: an object graph, a program and a collector as small steps.

Each step makes a new world out of an old one, so steps can be put in any order, shown and searched.

What there is
    `graph` (objects, roots), `world` (a moment: the graph and the three colours).
What a collector is
    `rules` (its choices), `milestones` (those of each Go version), `barriers`.
What it does
    `shading` (white to grey), `scanning` (grey to black), `cycle` (start, mark termination, sweep),
    `assists` (who allocates, marks).
Who does what
    `mutators` (the program's steps), `steps` (the collector's, and what can come next).
What must hold
    `invariants` (nothing lost, strong and weak invariant), `search` (every interleaving).
Worlds to look at
    `generated` (graphs), `stories` (a program and a schedule, played under any rules).
"""
