"""What a model says of places that it was shown without a name in them -> the same of the submission's own lines.

Nobody after the prompt needs to know how it hides who a student is: paths are those of the files, and a quote that is
the shown form of its line becomes that line, secrets masked.
"""

from collections.abc import Mapping
from dataclasses import replace

from app.core.masking.persons import PERSON_MASKS, Anonymizer
from app.core.masking.students_text import mask
from app.core.ports import Opinion, QuotedPlace
from schemas.comparison import Comparison
from schemas.review import CodeComment


def with_real_places(opinion: Opinion, comparison: Comparison, real_paths: Mapping[str, str]) -> Opinion:
    """`opinion` with the submission's own paths and lines in place of those that were shown; `real_paths` by shown."""
    hide = Anonymizer(comparison.student_id).mask
    texts = {source.path: source.text.split("\n") for source in comparison.sources}

    def real(place: QuotedPlace) -> QuotedPlace:
        path = real_paths.get(place.path or "", place.path)
        lines = texts.get(path or "", [])
        quote = place.quote
        if quote and any(sign in quote for sign in PERSON_MASKS) and place.line and place.line <= len(lines):
            line = lines[place.line - 1]
            quote = mask(line).strip() if _bare(hide(line)) == _bare(quote) else quote
        return replace(place, path=path, quote=quote)

    def said(comment: CodeComment) -> CodeComment:
        place = real(QuotedPlace(comment.path, comment.line, comment.quote))
        return comment.model_copy(update={"path": place.path, "quote": place.quote})

    return replace(
        opinion,
        comments=tuple(map(said, opinion.comments)),
        items=tuple(replace(item, place=real(item.place)) for item in opinion.items),
        threads=tuple(replace(thread, place=real(thread.place)) for thread in opinion.threads),
    )


def _bare(text: str) -> str:
    """`text` without its layout."""
    return "".join(text.split())
