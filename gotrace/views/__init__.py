"""Answers for people and programs: terminal, Markdown, JSON, CSV, charts."""
