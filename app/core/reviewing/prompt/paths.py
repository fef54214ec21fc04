"""Paths that a model was shown without a name in them, as the files are called."""

from collections.abc import Mapping
from dataclasses import replace

from app.core.ports import Opinion, Place


def with_real_paths(opinion: Opinion, real_paths: Mapping[str, str]) -> Opinion:
    """`opinion` with the paths of the submission in place of those that were shown."""
    if not real_paths:
        return opinion

    def real(place: Place) -> Place:
        return replace(place, path=real_paths.get(place.path, place.path)) if place.path is not None else place

    return replace(
        opinion,
        comments=tuple(
            comment.model_copy(update={"path": real_paths.get(comment.path, comment.path)})
            for comment in opinion.comments
        ),
        items=tuple(replace(item, place=real(item.place)) for item in opinion.items),
        threads=tuple(replace(thread, place=real(thread.place)) for thread in opinion.threads),
    )
