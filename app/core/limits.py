"""Every limit by name, with its unit and why it stands where it stands.

`app.config` fills these from the environment; the defaults are the product's.
"""

from dataclasses import dataclass, replace
from typing import Self

KIB = 1024
MIB = 1024 * KIB

BAND = 3.0
"""Points by which a replay may move the mean score, unless another band is given."""


@dataclass(frozen=True, slots=True)
class SourceLimits:
    """Bounds on what is read from a submission. Real homework has 26 Python files and 20 KB at the median."""

    archive_bytes_max: int = 64 * MIB
    """Compressed size: weights and data sets that students leave in are skipped, not refused, up to here."""
    members_max: int = 20_000
    """Entries of one archive: a forgotten `node_modules` still passes, a directory bomb does not."""
    uncompressed_bytes_max: int = 512 * MIB
    """Sum of all entries as they unpack, read or not: bounds time and memory against bombs."""
    ratio_max: int = 200
    """Uncompressed to compressed bytes, judged above `ratio_floor_bytes`: text packs 3 to 20 times."""
    ratio_floor_bytes: int = 16 * MIB
    """Below this an archive is harmless whatever its ratio."""
    file_bytes_max: int = 512 * KIB
    """One text file that is read; larger ones are data, left out and counted."""
    text_chars_max: int = 2 * MIB
    """All text of a submission after cleaning: topic and request sizes are derived from it."""
    path_chars_max: int = 512
    """One path; longer ones are made by tools, not by people."""
    path_depth_max: int = 32
    """Folders deep."""
    name_chars_max: int = 4_096
    """A name as the archive writes it: Linux's `PATH_MAX`. Longer ones are no path anywhere, and are refused."""
    nesting_max: int = 2
    """Archives within archives that are opened, by level: a platform wraps a student's archive in one of its own, and
    a student's may hold a test's fixture. Deeper ones are a bomb's way; all levels count against the same limits."""
    nested_bytes_max: int = 16 * MIB
    """One archive within the archive; a larger one holds data, and is left out and counted."""
    read_bytes_max: int = 64 * MIB
    """Sum of what is unpacked to be read, before cleaning: text many times over, and notebooks with their plots."""
    notebook_bytes_max: int = 8 * MIB
    """One notebook with its outputs: plots make them far larger than any text file."""
    notebook_nodes_max: int = 1_000_000
    """Values in a notebook's JSON, 72 bytes each once parsed: bounds memory against `[[],[],…`."""
    zip_directory_bytes_max: int = 16 * MIB
    """A zip file's directory: 800 bytes for each of the most entries; its names are kept in memory."""
    tar_header_bytes_max: int = 1 * MIB
    """One extended tar header: macOS writes a file's attributes there, others a long name."""
    tar_headers_max: int = 16
    """Extended headers before one entry; real ones have three at most."""
    xz_memory_bytes_max: int = 80 * MIB
    """What an xz stream may ask for: `xz -9` needs 65 MiB, a header may claim 4 GiB."""
    zstd_window_bytes_max: int = 64 * MIB
    """What a zstd frame may look back on, a power of two: `zstd -19` takes 8 MiB, a header may claim 2 GiB."""
    streams_max: int = 10_000
    """Compressed streams one after the other in one archive: parallel packers write one per 64 KiB or more."""
    detect_bytes_max: int = 64 * KIB
    """Of a file that is no UTF-8, what the encoding is told by."""
    detect_files_max: int = 64
    """Files whose encoding is guessed, 10 ms each; the rest is left out as `encoding`."""
    gitignore_lines_max: int = 1_000
    """Lines of all `.gitignore` files that are followed; the longest public templates have 400."""
    gitignore_steps_max: int = 100_000_000
    """Steps of matching all paths, at worst: 300 files against 300 rules with wildcards take 65 million, two seconds
    all of it. A hostile file would run for hours, and is not honoured."""
    omitted_named_max: int = 3
    """Files named for each reason to leave one out; the count tells the rest."""
    omitted_name_chars_max: int = 120
    """One such name: a line of a terminal."""
    unread_kept_max: int = 100
    """Files that could not be read which the history remembers, code before the rest: homework has a few."""
    notes_max: int = 40
    """Sentences on what was read; a reader has no use for a thousand."""

    def at_a_desk(self) -> Self:
        """For what a person compares on their own machine: no topic has to carry it, so only memory bounds its text."""
        return replace(self, text_chars_max=256 * MIB, read_bytes_max=256 * MIB)

    def of_own_folder(self) -> Self:
        """And where nothing is unpacked: a project's folder holds environments, repositories and data, left out."""
        return replace(self.at_a_desk(), members_max=5_000_000, uncompressed_bytes_max=2**50)


@dataclass(frozen=True, slots=True)
class LogLimits:
    """Bounds on test logs."""

    log_chars_max: int = 1 * MIB
    """All logs of one submission; of a longer one the head and the tail are read."""
    cases_max: int = 2_000
    """Named tests that are kept; totals still count all."""
    message_chars_max: int = 2_000
    """One failure's message."""
    frames_max: int = 6
    """Last frames kept of a traceback: the student's own code is at its end."""
    excerpt_chars_max: int = 4_000
    """Shown of a log in no known format."""
    logs_max: int = 50
    """Logs of one submission; a course has a handful of test commands."""
    lines_max: int = 50_000
    """Lines of one log, head and tail: real logs of the longest size have 20,000, hostile ones a million."""
    runs_max: int = 100
    """Runs of one tool that are read in one log; a script calls a test runner a few times."""
    line_chars_max: int = 4_000
    """One line of text; what is longer is data printed by a test, never a runner's own line."""
    name_chars_max: int = 400
    """One test's id, one path, one frame."""
    report_chars_max: int = 256 * KIB
    """All text of one report, which travels in records and table entries: beyond it passing tests lose their
    names and failing ones their messages."""


@dataclass(frozen=True, slots=True)
class DiffLimits:
    """Bounds on comparison and analysis."""

    unified_diff_chars_max: int = 200_000
    """The `diff` text of the payload; what is cut is said in its last line."""
    changes_max: int = 2_000
    """Change records kept in one comparison."""
    parse_chars_max: int = 400_000
    """One Python file that is parsed; larger ones are compared by line."""
    repairs_max: int = 25
    """Attempts at one file that does not parse; with more errors than that it is compared by its headers."""
    repair_chars_max: int = 4 * MIB
    """Characters that all attempts of one comparison parse again: two seconds, or all of a submission twice."""
    config_chars_max: int = 200_000
    """One configuration file that is compared by its keys; larger ones are data, and compared by line."""
    config_values_max: int = 10_000
    """Values in one such file, mappings and lists included."""
    config_depth_max: int = 50
    """Levels in one such file; people's have ten."""
    config_changes_max: int = 100
    """Records of one such file; of more changes the first are told and all are counted."""
    markdown_chars_max: int = 200_000
    """One Markdown file that is compared by its sections; larger ones are compared by line."""
    alignment_steps_base: int = 20_000
    """Steps that aligning the lines of any one file may take: the shortest diff of up to 200 edits."""
    alignment_steps_per_line: int = 40
    """Further steps for each of its lines, so that time stays linear; beyond, the diff need not be the shortest."""
    files_max: int = 2_000
    """Files listed in one comparison, changed ones first; the figures still count all."""
    detail_chars_max: int = 200
    """One name or value quoted in a change record."""
    deltas_max: int = 200
    """Complexity deltas kept, largest first."""
    functions_max: int = 5_000
    """Functions whose complexity is kept for one submission: the history holds them all."""
    worst_max: int = 10
    """Most complex functions listed."""
    findings_max: int = 200
    """Linter findings kept."""
    grammar_calls_max: int = 20
    """Times in one comparison that the linter's parser is asked about what Python does not parse, 100 ms each."""
    lint_timeout_s: float = 20.0
    """One linter run; homework takes it well under a second."""
    analysis_timeout_s: float = 60.0
    """One submission's analysis; then its process is killed and the comparison falls back to lines."""
    analysis_memory_bytes_max: int = 2048 * MIB
    """Address space of an analysis process: dense syntax trees take some 250 times their text."""
    analysis_workers: int = 2
    """Analysis processes: one per core of a small machine."""
    analysis_tasks_max: int = 200
    """Submissions that one process analyses before a fresh one takes its place: bounds what any of them left."""


@dataclass(frozen=True, slots=True)
class PromptLimits:
    """Bounds on what the model is shown."""

    prompt_tokens_max: int = 24_000
    """The whole prompt; what does not fit is left out, least important first, and declared."""
    log_tokens_max: int = 2_000
    """Excerpts of test logs."""
    line_chars_max: int = 400
    """One line of source as it is shown; longer ones are data or minified."""
    answer_tokens_max: int = 8_000
    """The model's answer; a review takes about 1,500, models that think aloud first take more."""


@dataclass(frozen=True, slots=True)
class ReviewLimits:
    """Bounds on what is kept of a reviewer's answer."""

    answer_chars_max: int = 200_000
    """An answer that is read; a longer one is a model caught in a loop."""
    comments_max: int = 40
    """Comments of one review: nobody reads more."""
    recommendations_max: int = 12
    """Recommendations of one review."""


@dataclass(frozen=True, slots=True)
class ThreadLimits:
    """Bounds on the comments of all attempts, which travel in each review."""

    threads_max: int = 100
    """Comments that are remembered: of ten attempts with ten each. Beyond, those closed longest ago are forgotten."""
    message_chars_max: int = 600
    """One comment's words as they are remembered; the review that said it first has all of them."""
    quote_chars_max: int = 200
    """A line as it is quoted; what is longer is data."""
    symbol_chars_max: int = 200
    """A dotted name; a symbol of a longer one, which people do not write, counts as none."""
    test_id_chars_max: int = 400
    """A test's id, as long as a report's."""


@dataclass(frozen=True, slots=True)
class HistoryLimits:
    """Bounds on the changelog tables."""

    depth: int = 3
    """Submissions, and reviews, kept per student and assignment (`HISTORY_DEPTH`)."""
    unsettled_bytes_max: int = MIB
    """Reviews kept beyond `depth`, as JSON, while no commit covers their comparisons: a restart brings those again,
    and an answer that is not remembered is paid for twice. Commits follow within seconds, so this is dozens."""


@dataclass(frozen=True, slots=True)
class DeliveryLimits:
    """Bounds on what is sent to MongoDB, the review API and the webhook, and on what they answer."""

    document_bytes_max: int = 16 * MIB
    """One MongoDB document, the server's own limit: a larger review is refused before it is sent."""
    document_nesting_max: int = 100
    """Levels within one MongoDB document, the server's own limit."""
    server_selection_s: float = 3.0
    """Wait for a MongoDB primary: an election takes about a second, a longer outage is the breaker's."""
    answer_bytes_max: int = 64 * KIB
    """Read of an HTTP answer's body and thrown away, so that its connection can be used again."""
    retry_after_s_max: float = 3600.0
    """Longest `Retry-After` that is believed: whoever asks for more is asked again after an hour."""
    topics_visible_s: float = 15.0
    """Wait until every broker knows a topic that was just created."""
    probe_s: float = 5.0
    """One probe of `doctor`: a person is waiting."""


@dataclass(frozen=True, slots=True)
class SkippingLimits:
    """When a webhook that fails is skipped, so that it costs each publication nothing."""

    failures_max: int = 3
    """Attempts in a row that fail: fewer would skip on one lost packet."""
    pause_min_s: float = 5.0
    """First pause; then one review is tried again. A restart takes about as long."""
    pause_max_s: float = 60.0
    """Longest pause: how many reviews go untold after it came back."""
    retry_after_s_max: float = 600.0
    """Longest pause that its `Retry-After` can ask for."""


@dataclass(frozen=True, slots=True)
class LogLineLimits:
    """Bounds on our own log, which is no place for a student's homework."""

    value_chars_max: int = 2_000
    """One value of a line; ids and addresses are far shorter."""
    traceback_chars_max: int = 16_000
    """One traceback, cut in its middle."""
    items_max: int = 50
    """Items shown of a list or a mapping."""
    repeats_max: int = 5
    """Equal lines of a library in one window: aiokafka writes hundreds a second while a broker is away."""
    repeat_window_s: float = 10.0
    """Length of that window; at its end one line says how many were left out."""
    repeat_kinds_max: int = 1_000
    """Kinds of lines that are counted; beyond, lines are written uncounted."""
    coordinator_wait_s: float = 10.0
    """A broker without a group coordinator: a fresh one takes a second to make its topic of offsets."""


@dataclass(frozen=True, slots=True)
class RefusalLimits:
    """When a stage has refused so much that it stops the worker rather than go on."""

    share_max: float = 0.5
    """Share of the recent events (`REFUSED_SHARE_MAX`): courses refuse some of a hundred, a bad deploy nearly all."""
    window: int = 200
    """Recent events that are looked at (`REFUSED_WINDOW`): a few minutes before a deadline."""
    events_min: int = 50
    """Events before anything is concluded (`REFUSED_MIN`): one student's bad evening is less."""


@dataclass(frozen=True, slots=True)
class DeadLetterLimits:
    """Bounds on what `reviewstream deadletters` reads and shows."""

    requeue_scan_records_max: int = 50_000
    """Records of the source topics that are searched for earlier requeues, newest last: a minute or so."""
    clock_skew_s: float = 600.0
    """Earlier than the oldest letter that this search begins: machines' clocks differ."""
    shown_chars_max: int = 20_000
    """Characters of a value that `show` prints, unless asked for more."""
    cell_chars_max: int = 120
    """Characters of one message in a listing's line."""


@dataclass(frozen=True, slots=True)
class DecidingLimits:
    """Bounds on what persons decide about one submission; more is refused, and nothing that was decided is lost."""

    decisions_max: int = 200
    """Decisions: a person changes their mind a few times, a program that goes round does not stop."""
    comments_max: int = 100
    """Comments that persons changed, withdrew or added, as many as a review's threads."""


@dataclass(frozen=True, slots=True)
class WebLimits:
    """Bounds on what the HTTP API takes and on how long anybody may keep it waiting."""

    json_bytes_max: int = 8 * MIB
    """A JSON body: test logs are most of it, and of those a megabyte of characters is read."""
    form_bytes_max: int = 64 * KIB
    """What a form adds around an archive."""
    body_s: float = 60.0
    """A JSON body, from its first byte to its last."""
    archive_s: float = 600.0
    """An archive, from its first byte to its last: the largest one at 1 Mbit/s."""
    wait_s_max: float = 60.0
    """One long poll: proxies close what is silent for longer."""
    events_s_max: float = 600.0
    """One stream of events; a client that wants more connects again."""
    heartbeat_s: float = 15.0
    """Between two signs of life in a stream without events."""
    waiting_max: int = 1_000
    """Long polls and streams at a time: each asks MongoDB four times a second."""
    token_waiting_max: int = 500
    """Those of one token, so that no platform keeps another one out."""
    student_waiting_max: int = 20
    """Those of a token that is a student's own: a few windows, and no more."""
    watchers_max: int = 100
    """Browsers that watch the dashboard at a time: all are told the same, so each costs a connection."""
    page_max: int = 100
    """Reviews of one page."""
    letters_max: int = 1_000
    """Dead letters of one answer."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits that are handed on from the settings; those of single adapters stand beside these, as they are."""

    sources: SourceLimits = SourceLimits()
    logs: LogLimits = LogLimits()
    diff: DiffLimits = DiffLimits()
    threads: ThreadLimits = ThreadLimits()
    prompt: PromptLimits = PromptLimits()
    history: HistoryLimits = HistoryLimits()
    refusals: RefusalLimits = RefusalLimits()
    dead_letters: DeadLetterLimits = DeadLetterLimits()
