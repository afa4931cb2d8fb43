"""Results of `go test -bench`: Go's benchmark format, out of logs with whatever else they say.

- `units.py`: units without scale; `names.py`: the parts of a name; `numbers.py`: numbers as Go's;
- `recognise.py`: is it such a log?
- `lines.py`: one line, what it is and what it says;
- `streams.py`: lines from bytes of any length, also out of `go test -json`;
- `trouble.py`: what went wrong in the run, told as notes;
- `reader.py`: a log as a `Recording` of kind `benchmarks`.
"""
