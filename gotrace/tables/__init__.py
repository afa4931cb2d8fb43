"""The waist: every table once, in memory and on disk."""
