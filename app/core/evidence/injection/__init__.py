"""Orders to the reviewer in a student's text, found by what they mean, wherever they stand and however dressed.

Words have meanings (`lexicon`, `vocabulary`), some together more than alone (`pairs`), and rules are made of meanings:
those of `orders` hold everywhere, those of `claims` where a text is not about grading, those of `telling_names` for
names.

A sign is a reason to look, never a verdict: homework on language models quotes such phrases with good reason.
"""

from app.core.evidence.injection.search import Order, find_order_in_name, find_orders

__all__ = ["Order", "find_order_in_name", "find_orders"]
