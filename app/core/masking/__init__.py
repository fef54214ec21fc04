"""Secrets kept out of what people and models see: those of settings, and those in students' text."""
