"""Explanations: what Go's memory rules make of a number in somebody's mind, no recording."""
