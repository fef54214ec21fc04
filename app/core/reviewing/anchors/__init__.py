"""Where a comment may stand: on a line of the new version that is what the comment quotes."""

from app.core.reviewing.anchors.placing import Anchors

__all__ = ["Anchors"]
