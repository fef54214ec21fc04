"""What mends a refusal, for whoever handed the work in or runs the line: a sentence for each reason."""

from typing import Final

from schemas.errors import Reason

_AS_DOCUMENTED: Final = "produce the record as docs/records.md has it; the detail names what is wrong"
_PACK_AGAIN: Final = "pack the folder again as a plain .zip or .tar.gz, and hand it in under a new id"

CURES: Final[dict[Reason, str]] = {
    Reason.NOT_JSON: _AS_DOCUMENTED,
    Reason.NOT_UTF8: _AS_DOCUMENTED,
    Reason.INVALID_FIELD: _AS_DOCUMENTED,
    Reason.UNSUPPORTED_VERSION: _AS_DOCUMENTED,
    Reason.TOMBSTONE: _AS_DOCUMENTED,
    Reason.KEY_ABSENT: "produce it with the student id as its key",
    Reason.KEY_MISMATCH: "produce it with the student id as its key",
    Reason.WRONG_PARTITION: "produce it with Kafka's default partitioner (librdkafka: partitioner=murmur2_random)",
    Reason.RECORD_TOO_LARGE: "put the sources into an archive instead of the record",
    Reason.SUBMISSION_TOO_LARGE: "hand in less text, or raise SUBMISSION_CHARS_MAX",
    Reason.SUBMITTED_IN_FUTURE: "set the producer's clock",
    Reason.DUPLICATE_ID: "give each attempt an id of its own",
    Reason.ARCHIVE_MISSING: "put the archive where it is looked for, then requeue the dead letter",
    Reason.ARCHIVE_FORBIDDEN: "name an archive under the archive root, or at a public address",
    Reason.ARCHIVE_UNREACHABLE: "see that its host serves the archive, then requeue the dead letter",
    Reason.ARCHIVE_DIGEST: "give the sha256 of the archive that is there, or put the right archive there",
    Reason.ARCHIVE_CORRUPT: _PACK_AGAIN,
    Reason.ARCHIVE_ENCRYPTED: "pack it again without a password, and hand it in under a new id",
    Reason.ARCHIVE_FORMAT: _PACK_AGAIN,
    Reason.ARCHIVE_UNSAFE: _PACK_AGAIN,
    Reason.ARCHIVE_LIMIT: "leave out data, environments and build results, and hand it in under a new id",
    Reason.NO_SOURCES: "hand in code, notebooks, configuration or text",
    Reason.MODEL_REFUSED: "look at what the model refused, then requeue the dead letter, or choose another model",
    Reason.MODEL_INVALID: "requeue the dead letter; where it happens often, choose another model",
    Reason.UNKNOWN_REVIEW: "name a review that MongoDB holds; requeue the dead letter once it is there",
    Reason.STORE_REFUSED: "mend what MongoDB says of the document, then requeue the dead letter",
    Reason.API_REFUSED: "mend what the review API says of the review, then requeue the dead letter",
    Reason.POISON: "see why it kept failing while others got through, then requeue the dead letter",
    Reason.BUG: "report it with the traceback in the log; requeue the dead letter once it is mended",
}


def cure_for(reason: str) -> str:
    """The cure of a reason's code; of one that another version wrote, where to look."""
    try:
        return CURES[Reason(reason)]
    except ValueError:
        return "see `reviewstream deadletters show`"
