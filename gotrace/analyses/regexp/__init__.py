"""Go's regular expressions: `syntax` (text → tree), `automaton` and Python's `re` (tree → matches).

pprof's flags, and the drop_frames of a recording, are in Go's syntax (RE2), which differs from
Python's in many small ways. We parse it ourselves, and match in two ways that give the same
answer: Python's `re`, which is fast but may need exponential time, and an automaton, which needs
time linear in the text, for patterns that come from the input and for very long names.
"""

from gotrace.analyses.regexp.pattern import Pattern, compile_go

__all__ = ["Pattern", "compile_go"]
