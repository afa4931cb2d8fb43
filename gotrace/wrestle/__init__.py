"""`gotrace wrestle`: from a folder of recordings, or loose files, to five answers and remedies.

`walking` finds files, `collection` tells which is what, `grouping` which were recorded together,
`evidence_of` opens them, `report` asks and joins the answers of all packages, `pages` cuts them for
people, `comparison` holds them against earlier recordings, `keeping` writes them.
"""

from __future__ import annotations

__all__: list[str] = []
