"""`gotrace wrestle`: from a folder of recordings, or loose files, to five answers and remedies.

`collection` tells which file is what, `evidence_of` opens them, `report` asks and joins the
answers of all packages, `comparison` holds them against earlier recordings, `keeping` writes them.
"""

from __future__ import annotations

__all__: list[str] = []
