"""Replays: which submissions are meant, and what preceded each of them. Decisions only."""
