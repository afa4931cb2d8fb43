"""Remedies: one file each (or two that rest on the same evidence), and their order.

Every `find` takes a `Case` and gives `Remedy`s. No remedy without numbers from the recording, and
size alone is no evidence: each file says what its own is.
"""

from gotrace.analyses.wrestle.findings.ranking import remedies

__all__ = ["remedies"]
