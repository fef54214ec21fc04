"""A JUnit report that is no XML, taken apart tag by tag: nothing that a parser trips over costs a test."""

import re
from collections.abc import Iterator
from html import unescape

from app.core.testlog.cleaning import scrub
from app.core.testlog.formats.junit_reader import JunitReader

_HOLDERS = ("failure", "error", "skipped", "rerunFailure", "rerunError", "flakyFailure", "flakyError")
_PRINTED = ("system-out", "system-err")
_TAG = re.compile(
    r"<(/?)(testsuites?|testcase|" + "|".join((*_HOLDERS, *_PRINTED)) + r")(?=[\s/>])|<!\[CDATA\[", re.ASCII
)
# A value ends at a quote after which the tag goes on or closes: quotes within it were not escaped.
_ATTRIBUTE = re.compile(r"\s{0,64}([\w:.-]{1,100})\s{0,8}=\s{0,8}([\"'])", re.ASCII)
_VALUE_ENDS = {
    quote: re.compile(rf"{quote}(?=\s{{1,64}}[\w:.-]{{1,100}}\s{{0,8}}=\s{{0,8}}[\"']|\s{{0,64}}/?>)", re.ASCII)
    for quote in "\"'"
}
_TAG_END = re.compile(r"\s{0,64}(/?)>")
_VALUE_CHARS_MAX = 65_536


def scan_report(text: str, start: int, reader: JunitReader) -> int | None:
    """Tell `reader` of every suite, case and failure from `start` to the end of the report.

    A case that the next one's tag or the text's end cuts short counts only if it is known to have failed. Returns
    where the report ended, None where the text did before it.
    """
    return _Scan(text, reader).run(start)


class _Scan:
    def __init__(self, text: str, reader: JunitReader) -> None:
        self._text = text
        self._reader = reader
        self._depth = 0
        self._in_case = False
        self._holder: str | None = None
        self._end = 0
        self._sections_end = True  # until one CDATA section has none: then no later one has

    def run(self, start: int) -> int | None:
        """Read all tags in order; text counts only within a failure."""
        at = start
        for found in self._tags(start):
            if self._holder is not None:
                self._reader.data(_plain(self._text[at : found.start()]))
            at = self._tag(found)
            self._end = at
            if self._depth == 0:
                self._reader.root_closed = True
                return at
        if self._holder in _HOLDERS:
            self._reader.data(_plain(self._text[at : at + _VALUE_CHARS_MAX]))
            self._close_holder()
        self._leave_case()
        return None

    def _tags(self, start: int) -> Iterator[re.Match[str]]:
        self._end = start
        while (found := _TAG.search(self._text, self._end)) is not None:
            self._end = found.end()
            yield found

    def _tag(self, found: re.Match[str]) -> int:
        """Take one tag; returns where the text after it starts."""
        closing, name = found[1], found[2]
        if name is None:
            return self._cdata(found.end())
        if closing:
            self._closes(name)
            end = self._text.find(">", found.end())
            return end + 1 if end >= 0 else len(self._text)
        if self._holder is not None and name not in {"testcase", "testsuite"}:
            return found.end()  # printed by a test
        attributes, empty, end = self._attributes(found.end())
        self._opens(name, attributes)
        if empty:
            self._closes(name)
        return end

    def _cdata(self, start: int) -> int:
        end = self._text.find("]]>", start) if self._sections_end else -1
        if end < 0:
            self._sections_end = False
            return start
        if self._holder is not None:
            self._reader.data(self._text[start:end])
        return end + 3

    def _opens(self, name: str, attributes: dict[str, str]) -> None:
        if name in {"testcase", "testsuite"}:
            self._leave_case()
        if name in _PRINTED:
            self._holder = name
        elif name in _HOLDERS:
            if self._in_case:
                self._holder = name
                self._reader.start(name, attributes)
        else:
            self._in_case = name == "testcase"
            self._depth += name != "testcase"
            self._reader.start(name, attributes)

    def _closes(self, name: str) -> None:
        if name in {*_HOLDERS, *_PRINTED}:
            if name == self._holder:
                self._close_holder()
        elif name == "testcase":
            self._close_case()
        else:
            self._close_case()
            self._depth -= 1
            self._reader.end(name)

    def _close_case(self) -> None:
        self._close_holder()
        if self._in_case:
            self._in_case = False
            self._reader.end("testcase")

    def _leave_case(self) -> None:
        self._close_holder()
        if self._in_case and not self._reader.failing:
            self._in_case = False
            self._reader.drop_case()
        self._close_case()

    def _close_holder(self) -> None:
        if self._holder in _HOLDERS and self._holder is not None:
            self._reader.end(self._holder)
        self._holder = None

    def _attributes(self, at: int) -> tuple[dict[str, str], bool, int]:
        """Attributes, whether the element closes in its own tag, and where the tag ends."""
        attributes: dict[str, str] = {}
        while (found := _ATTRIBUTE.match(self._text, at)) is not None:
            value_end = _VALUE_ENDS[found[2]].search(self._text, found.end(), found.end() + _VALUE_CHARS_MAX)
            if value_end is None:
                return attributes, False, min(len(self._text), found.end() + _VALUE_CHARS_MAX)
            attributes.setdefault(found[1], _plain(self._text[found.end() : value_end.start()]))
            at = value_end.end()
        end = _TAG_END.match(self._text, at)
        return attributes, bool(end and end[1]), end.end() if end else at


def _plain(text: str) -> str:
    """Text with its references resolved; those of characters that no text may hold vanish."""
    return scrub(unescape(text)) if "&" in text else text
