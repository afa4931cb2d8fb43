"""Would fewer allocations make this program faster, where, and how: `gotrace wrestle`.

- `evidence.py`: what was recorded, whatever of it there is;
- `allocated.py`: the objects of a trace by type and slot, and how long they lived;
- `joining.py`, `calls.py`: whose code a stack is, escapes of a line, what the runtime did for it;
- `type_layouts.py`, `matching.py`: types, and which of them a call site makes;
- `sites.py`: the joined table, one row a line of the module's own code;
- `why.py`, `reasons.py`: the flow of an escape in words;
- `findings/`: remedies, one file each; `answers.py`: the five answers.
"""

__all__: list[str] = []
