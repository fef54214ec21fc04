"""The reviewer without a model: a true review from the evidence alone, in Russian or English."""

from app.core.reviewing.offline.judge import MODEL, judge

__all__ = ["MODEL", "judge"]
