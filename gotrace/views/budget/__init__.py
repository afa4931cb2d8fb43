"""Verdicts on memory budgets, for every place where one is read.

One file a format, each a pure function from `gotrace.tables.budget.Checked` to text. `formats` has
them by name and writes several at once; `words` says in one place what all of them say; `paths`
finds the files of the repository that annotations and SARIF point at. Names come from recordings
and budget files and may be hostile: every format escapes them in its own way.
"""
