"""Questions asked of recordings: pure functions Recording → Result."""
