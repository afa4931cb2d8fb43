"""What Go's compiler says of escapes and inlining, Go 1.21 to 1.27: its text and its JSON form.

Text is what `go build -gcflags=-m` and `-m=2` print; JSON are the files that
`-gcflags=-json=0,file:///DIR` leaves, one a source file (`cmd/compile/internal/logopt`).

- `recognise.py`: is it one of these?
- `messages.py`: one message, what kind it is and what it says;
- `flows.py`: the lines that explain an escape;
- `lines.py`: lines of any length;
- `rows.py`: the tables, row by row;
- `matching.py`: which explanation belongs to which row;
- `text_form.py`, `json_form.py`: lines into rows;
- `merging.py`: text beside JSON of the same build;
- `places.py`: the files of a folder;
- `trouble.py`: what was lost or is strange, told as notes;
- `reader.py`: any of it as a `Recording` of kind `escapes`.
"""
