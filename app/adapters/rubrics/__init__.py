"""The rubrics of assignments, read from files."""
