"""Sizes of records in bytes, derived from the limits: topics, producer and tables are set up by these.

All are uncompressed worst cases, for aiokafka checks a record's size before it compresses it. A record that
would still not fit is refused as `record_too_large` before it is sent; none is ever cut.
"""

from dataclasses import dataclass
from typing import Final

from app.core.limits import KIB, MIB, Limits
from schemas.decision import EDITED_COMMENTS_MAX
from schemas.review import COMMENT_CHARS_MAX

JSON_BYTES_PER_CHAR: Final = 6
r"""A control character becomes `\u0001`, six bytes; UTF-8 needs four at most. A producer that escapes everything
beyond ASCII needs twelve beyond the basic plane: of a submission of nothing but emoji it can send half as many."""

REPORT_COPIES: Final = 4
"""A test's id stands in its case, in a list of what it does now (newly passing, newly failing, still failing), in
a list of what it is (added, flaky); and the ids of the previous attempt's report may all stand in `removed`."""

ENTRY_BYTES: Final = KIB
"""One change, delta or finding: two paths, two symbols, figures and the names of its fields."""

ENVELOPE_BYTES: Final = MIB
"""Everything else in a record: ids, paths, evidence, the model's answer, metadata, key, headers, batch header."""

HEADER_BYTES: Final = 64 * KIB
"""What a dead letter adds to the record that it holds: the headers of `schemas.dead_letter`."""

BROKER_REQUEST_BYTES_MAX: Final = 100 * MIB
"""Apache Kafka's `socket.request.max.bytes` as shipped: a larger request is cut off without an answer."""


_THREAD_FIGURES_CHARS: Final = 600
"""Ids of a remembered comment and its submissions, and the names of its fields, in characters of six bytes."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Largest record of each topic and table under `limits`; a topic's is its `max.message.bytes`."""

    limits: Limits

    @property
    def submission_bytes_max(self) -> int:
        """`submissions`: the text and the logs, escaped, and the envelope.

        An archive in base64 has to fit the same bound; larger ones are given by reference.
        """
        chars = self.limits.sources.text_chars_max + self.limits.logs.log_chars_max
        return JSON_BYTES_PER_CHAR * chars + ENVELOPE_BYTES

    @property
    def comparison_bytes_max(self) -> int:
        """`comparisons`: the changed sources (all, at worst), the unified diff, the test report, the entries."""
        chars = self.limits.sources.text_chars_max + self._diff_and_report_chars
        return JSON_BYTES_PER_CHAR * chars + self._entries_bytes + ENVELOPE_BYTES

    @property
    def review_bytes_max(self) -> int:
        """`reviews`: a comparison without its sources, and all comments; the answer is part of the envelope."""
        chars = self._diff_and_report_chars + self._thread_chars
        return JSON_BYTES_PER_CHAR * chars + self._entries_bytes + ENVELOPE_BYTES

    @property
    def decision_bytes_max(self) -> int:
        """`decisions`: the comments of one decision with places and quotes; summary and verdicts are envelope."""
        threads = self.limits.threads
        places = threads.quote_chars_max + threads.symbol_chars_max + threads.test_id_chars_max
        each = 2 * COMMENT_CHARS_MAX + places + self.limits.sources.path_chars_max
        return JSON_BYTES_PER_CHAR * EDITED_COMMENTS_MAX * each + ENVELOPE_BYTES

    @property
    def dead_letter_bytes_max(self) -> int:
        """`dead-letters`: the largest record that can be consumed, byte for byte, and our headers."""
        consumable = (
            self.submission_bytes_max,
            self.comparison_bytes_max,
            self.review_bytes_max,
            self.decision_bytes_max,
        )
        return max(consumable) + HEADER_BYTES

    @property
    def submission_history_bytes_max(self) -> int:
        """An entry of the comparator's table: `depth` submissions of text, report and complexity figures."""
        chars = self.limits.sources.text_chars_max + self.limits.logs.report_chars_max
        submission = JSON_BYTES_PER_CHAR * chars + self._entries_bytes
        unread = ENTRY_BYTES * self.limits.sources.unread_kept_max
        return self.limits.history.depth * (submission + unread) + ENVELOPE_BYTES

    @property
    def review_history_bytes_max(self) -> int:
        """An entry of the reviewer's table: `depth` reviews, those that are not settled yet, and all comments."""
        history = self.limits.history
        threads = JSON_BYTES_PER_CHAR * self._thread_chars
        return history.depth * self.review_bytes_max + history.unsettled_bytes_max + threads + ENVELOPE_BYTES

    @property
    def request_bytes_max(self) -> int:
        """A producer's `max_request_size`: the largest record of any topic or table."""
        return max(
            self.dead_letter_bytes_max,
            self.submission_history_bytes_max,
            self.review_history_bytes_max,
        )

    @property
    def fetch_bytes_max(self) -> int:
        """A consumer's `max_partition_fetch_bytes`: it bounds memory, not what can be read.

        Brokers since KIP-74 return the first batch of a fetch whole, however large, so the client's usual size stays.
        """
        return MIB

    @property
    def _diff_and_report_chars(self) -> int:
        return self.limits.diff.unified_diff_chars_max + REPORT_COPIES * self.limits.logs.report_chars_max

    @property
    def _thread_chars(self) -> int:
        """Of all remembered comments: words, quote, names, path and figures."""
        threads = self.limits.threads
        texts = threads.message_chars_max + threads.quote_chars_max + threads.symbol_chars_max
        each = texts + threads.test_id_chars_max + self.limits.sources.path_chars_max + _THREAD_FIGURES_CHARS
        return threads.threads_max * each

    @property
    def _entries_bytes(self) -> int:
        diff = self.limits.diff
        return ENTRY_BYTES * (diff.changes_max + diff.deltas_max + diff.findings_max + diff.worst_max)
