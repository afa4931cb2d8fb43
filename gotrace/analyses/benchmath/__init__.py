"""Statistics of benchmark results, as x/perf's `benchstat` has them.

- `median.py`: which two of the sorted values the median lies between, with what confidence;
- `utest.py`: do two samples differ? without any assumption (Mann-Whitney);
- `students.py`: the same for values that are normally distributed (Student, Welch);
- `summary.py`: repeats of one benchmark as one value with its interval;
- `comparison.py`: two samples compared; `geomean.py`: many benchmarks as one number;
- `scaling.py`, `words.py`: numbers as benchstat prints them;
- `cells.py`: a recording's values by unit, benchmark and configuration;
- `tables.py`: summarised and compared; `results.py`, `conditions.py`: what a report says of them.
"""
