"""The operator's stories with replays."""
