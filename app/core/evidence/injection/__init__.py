"""Orders to the reviewer in a student's text, found by what they mean, wherever they stand and however dressed.

A sign is a reason to look, never a verdict: homework on language models quotes such phrases with good reason.
"""

from app.core.evidence.injection.search import Order, find_orders

__all__ = ["Order", "find_orders"]
