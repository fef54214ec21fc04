"""English phrases of the offline reviewer."""

from collections.abc import Sequence
from typing import Any, Final

from app.core.reviewing.offline.unread_words import why_unread
from app.core.reviewing.offline.words import Data, Phrases, capitalized, code, figure, listed


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _names(d: Data) -> str:
    names: Sequence[str] = d["names"]
    return listed(names, d["count"], "and {} more")


def _where(d: Data) -> str:
    at = d.get("at") or (f"line {d['line']}" if d.get("line") else "")
    return f"{code(d['path'])}, {at}" if at else code(d["path"])


def _in_brackets(d: Data) -> str:
    return f" ({d['at']})" if d.get("at") else ""


def _in_log(d: Data) -> str:
    return f" ({code(d['log'])}, line {d['log_line']})" if d.get("log") else ""


def _size(d: Data) -> str:
    parts = [
        f"{_counted(count, 'line')} {verb}"
        for count, verb in ((d["lines_added"], "added"), (d["lines_removed"], "removed"))
        if count
    ]
    text = f"Compared with the previous attempt, {_counted(d['files'], 'file')} changed"
    return text + (f": {', '.join(parts)}." if parts else ".")


def _before(d: Data) -> str:
    """The tests of the previous attempt, where they are known."""
    passed, failed = d.get("passed_before"), d.get("failed_before")
    if passed is None or failed is None or passed + failed == 0:
        return ""
    return f"; last time {passed} of {passed + failed} passed"


def _skipped(d: Data) -> str:
    return f", {d['skipped']} skipped" if d.get("skipped") else ""


def _all_pass(d: Data) -> str:
    total = d["total"]
    if skipped := d.get("skipped"):
        return f"Tests: {d['passed']} passed, {skipped} skipped{_before(d)}."
    return f"The only test passes{_before(d)}." if total == 1 else f"All {total} tests pass{_before(d)}."


def _many_or_one(one: str, many: str) -> Any:
    return lambda d: f"{many if d['count'] > 1 else one}: {_names(d)}."


def _delta(verb: str) -> Any:
    def phrase(d: Data) -> str:
        before = f"{figure(d['before'])} ({d['rank_before']})" if d.get("rank_before") else figure(d["before"])
        after = f"{figure(d['after'])} ({d['rank_after']})" if d.get("rank_after") else figure(d["after"])
        return f"the cyclomatic complexity of {code(d['symbol'])} {verb} from {before} to {after}"

    return phrase


def _resolved(d: Data) -> str:
    count, total = d["count"], d["total"]
    if total == 1:
        return "The only comment of the previous review no longer applies."
    if count == total:
        return f"None of the {total} comments in the previous review applies any longer."
    return f"Of the {total} comments in the previous review, {count} no longer {'applies' if count == 1 else 'apply'}."


_SENTENCES: Final = {
    "first_submission": lambda d: (
        f"This is the first submission: {_counted(d['files'], 'file')}, {_counted(d['lines'], 'line')}; "
        "there is nothing to compare it with yet."
    ),
    "baseline_unavailable": lambda _: (
        "The previous attempt is no longer kept, so this review is about what was handed in now, nothing else."
    ),
    "named_predecessor_unknown": lambda d: (
        f"The previous attempt that the submission names is not known; the latest one is compared: {code(d['taken'])}."
        if d.get("taken")
        else "The previous attempt that the submission names is not known, nor is any other."
    ),
    "no_change": lambda _: "Nothing in the work's code and text has changed since the previous attempt.",
    "size": _size,
    "only_formatting": lambda _: "Only the layout changed: the code does what it did before.",
    "only_comments": lambda _: "Only comments and layout changed: the code does what it did before.",
    "tests_all_pass": _all_pass,
    "tests_failing": lambda d: (
        f"Tests: {d['passed']} of {d['total']} pass, {d['failed']} fail{_skipped(d)}{_before(d)}."
    ),
    "tests_not_collected": lambda d: f"The tests were not collected: {_counted(d['count'], 'error')}.",
    "syntax_mended": lambda d: f"The syntax error in {code(d['path'])} is mended.",
    "tests_did_not_run": lambda _: "The tests did not run: the log holds no test that was executed.",
    "tests_run_failed": lambda d: (
        f"{_counted(d['passed'], 'test')} passed, but the run itself ended with an error (exit code {d['exit_code']})."
    ),
    "tests_unread": lambda _: "The test log is in no known format, so it says nothing about whether the code works.",
    "no_tests_given": lambda d: (
        "No test log was handed in this time, so it is not known whether the code works."
        if d.get("total_before")
        else "No test log was handed in, so it is not known whether the code works."
    ),
    "tests_guessed": lambda _: "The test log could be read in part only; the figures are approximate.",
    "tests_newly_passing": _many_or_one("This test passes now", "These tests pass now"),
    "tests_newly_failing": _many_or_one("This test no longer passes", "These tests no longer pass"),
    "tests_still_failing": _many_or_one("Still failing", "Still failing"),
    "tests_flaky": _many_or_one("Flaky test", "Flaky tests"),
    "tests_added": lambda d: f"{_counted(d['count'], 'test')} added: {_names(d)}.",
    "tests_removed": lambda d: f"{'Tests' if d['count'] > 1 else 'Test'} removed: {_names(d)}.",
    "asserts_removed": lambda d: (
        f"{_counted(d['count'], 'assertion')} {'were' if d['count'] > 1 else 'was'} removed from the tests."
    ),
    "tests_skipped_added": lambda d: (
        f"{_counted(d['count'], 'mark')} to skip a test or to expect its failure appeared."
    ),
    "complexity_reduced": _delta("fell"),
    "complexity_raised": _delta("rose"),
    "syntax_error": lambda d: f"{code(d['path'])} does not parse: there is a syntax error{_in_brackets(d)}.",
    "certain_error": lambda d: (
        f"the name {code(d['name'])} is defined nowhere ({_where(d)})"
        if d["rule"] == "F821" and d.get("name")
        else f"Python cannot execute this ({code(d['rule'])}; {_where(d)})"
    ),
    "certain_errors": lambda d: (
        f"Execution will stop with an error: {'; '.join(d['items'])}"
        + (f"; {len(d['items']) + d['rest']} such places in all." if d["rest"] else ".")
    ),
    "findings_fixed": lambda d: (
        f"Earlier findings of the linter that are gone: {d['count']} "
        f"({', '.join(map(code, d['rules']))}{' and others' if d['more'] else ''})."
    ),
    "at": lambda d: (
        (f"cell {d['cell']}, " if d["cell"] else "")
        + f"{'line' if len(d['lines']) == 1 else 'lines'} {', '.join(map(str, d['lines']))}"
    ),
    "needs_newer_python": lambda d: f"{code(d['path'])} needs Python {d['needs']}, not checked here.",
    "file_unread": lambda d: f"{code(d['path'])} is there, but it was not read or compared: {why_unread(d, 'en')}.",
    "file_readable": lambda d: (
        f"{code(d['path'])} can be read now; the previous attempt's could not, so it was not compared."
    ),
    "findings": lambda d: (
        f"The linter reports {_counted(d['count'], 'finding')}{_likely(d['errors'])}: "
        f"{', '.join(map(code, d['rules']))}{' and others' if d['more'] else ''}."
    ),
    "work_deleted": lambda d: (
        f"Most of the previous work was deleted: {d['count']} of {_counted(d['total'], 'function')}."
    ),
    "secret_in_source": lambda d: (
        f"A key or token stands in the source ({_where(d)}): it has to be revoked, even if the repository is private."
    ),
    "hidden_characters": lambda d: f"The text holds invisible characters ({_where(d)}).",
    "instruction_in_source": lambda d: (
        f"The work holds phrases that address the reviewer ({_where(d)}); they did not influence the score."
    ),
    "instruction_in_log": lambda d: (
        f"The test log{_in_log(d)} holds phrases that address the reviewer; they did not influence the score."
    ),
    "resolved": _resolved,
    "next": lambda d: f"The most important thing for the next attempt: {d['advice']}",
    "clean": lambda _: "Nothing that was checked calls for a comment.",
    "better": lambda d: f"Better now: {'; '.join(d['items'])}.",
    "worse": lambda d: f"Worse now: {'; '.join(d['items'])}.",
    "done": lambda d: f"What changed: {'; '.join(d['items'])}.",
    "for_others": lambda d: f"Whoever uses the code should know: {'; '.join(d['items'])}.",
    "item": lambda d: f"{d['what']} {_names(d)}",
}


def _likely(errors: int) -> str:
    return f", {_counted(errors, 'likely error')} among them" if errors else ""


def _also(d: Data) -> str:
    more = f" and {d['more']} more" if d["more"] else ""
    return f" Also: {d['also']}{more}." if d["also"] else ""


_COMMENTS: Final = {
    "syntax_error": lambda _: "Python finds a syntax error here: the file can be neither run nor imported.",
    "syntax_error_in_cell": lambda _: "There is a syntax error here: the cell cannot be run.",
    "not_collected": lambda d: (
        f"The tests of {code(d['name'])} were not collected" + (f": {d['message']}" if d["message"] else ".")
    ),
    "failing_test": lambda d: f"Test {code(d['name'])} fails" + (f": {d['message']}" if d["message"] else "."),
    "newly_failing_test": lambda d: (
        f"Test {code(d['name'])} passed before and fails now" + (f": {d['message']}" if d["message"] else ".")
    ),
    "finding": lambda d: f"{d['explanation']} ({d['rule']}).{_also(d)}",
    "complex_function": lambda d: (
        f"{code(d['symbol'])} branches too much: cyclomatic complexity {d['cyclomatic']}, rank {d['rank']}. "
        "It is hard to cover with tests."
    ),
    "large_function": lambda d: f"{code(d['symbol'])} is {_counted(d['lines'], 'line')} long: hard to take in at once.",
    "secret_in_source": lambda _: (
        "This looks like a key or token. The repository's history keeps it: revoke it and read it from the environment."
    ),
    "hidden_characters": lambda _: "There are invisible characters here: the code does not read as it runs.",
    "instruction_in_source": lambda _: "This phrase addresses the reviewer; it does not influence the score.",
    "complexity_reduced": lambda d: f"{capitalized(_delta('fell')(d))}: the code became simpler.",
    "extract_method": lambda d: f"Good to see this extracted into {code(d['symbol'])}: it can be tested on its own.",
    "in_cell": lambda d: f"Cell {d['cell']}, line {d['line']}: {d['message']}",
    "split": lambda _: "Extract its steps into functions with telling names.",
}

_ADVICE: Final = {
    "work_deleted": lambda d: (
        f"bring back the deleted work ({d['count']} of {_counted(d['total'], 'function')}), or say what replaces it."
    ),
    "syntax_error": lambda d: f"correct the syntax error: {_where(d)}.",
    "certain_error": lambda d: (
        f"define or import {code(d['name'])} ({_where(d)})."
        if d["rule"] == "F821" and d.get("name")
        else f"correct the error on which execution will stop ({_where(d)})."
    ),
    "file_unread": lambda d: f"hand in {code(d['path'])} again so that it can be read: {why_unread(d, 'en')}.",
    "tests_not_collected": lambda _: "correct the errors for which no test is collected: none was executed.",
    "tests_did_not_run": lambda _: "get the tests to run: none was executed.",
    "tests_newly_failing": lambda d: f"get {_names(d)} to pass again, as before.",
    "tests_failing": lambda d: f"find out why {_names(d)} {'fail' if d['count'] > 1 else 'fails'}.",
    "tests_failing_unnamed": lambda d: f"look into the failing tests, {d['failed']} at present.",
    "tests_removed": lambda d: f"bring back the removed tests ({_names(d)}), or say why they are not needed.",
    "asserts_removed": lambda _: (
        "bring back the assertions removed from the tests: without them a pass proves nothing."
    ),
    "tests_skipped_added": lambda _: (
        "take the marks to skip or to expect a failure off the tests, or say what they are for."
    ),
    "secret_in_source": lambda d: f"revoke the key in {code(d['path'])} and pass it in an environment variable.",
    "likely_errors": lambda d: f"correct the likely errors that the linter found: {', '.join(map(code, d['rules']))}.",
    "complex_function": lambda d: (
        f"simplify {code(d['symbol'])}: its cyclomatic complexity is {d['cyclomatic']}; extract functions from it."
    ),
    "large_function": lambda d: f"split {code(d['symbol'])}: it is {_counted(d['lines'], 'line')} long.",
    "unused": lambda d: f"remove what is not used: {_counted(d['count'], 'name')}.",
    "no_tests_given": lambda _: "hand in the test log: without it nobody knows whether the code works.",
    "test_coverage": lambda d: f"add tests: they cover {figure(d['percent'])}% of the code.",
    "no_change": lambda _: "make changes: this submission does not differ from the previous one.",
}

_KINDS: Final = {
    "extract_method": ("function extracted:", "functions extracted:"),
    "extract_and_move_method": ("function extracted and moved:", "functions extracted and moved:"),
    "inline_method": ("function inlined:", "functions inlined:"),
    "rename_method": ("function renamed:", "functions renamed:"),
    "rename_class": ("class renamed:", "classes renamed:"),
    "rename_parameter": ("parameter renamed in", "parameters renamed in"),
    "reorder_parameter": ("parameters reordered in", "parameters reordered in"),
    "move_method": ("function moved:", "functions moved:"),
    "move_class": ("class moved:", "classes moved:"),
    "move_and_rename_method": ("function moved and renamed:", "functions moved and renamed:"),
    "move_and_rename_class": ("class moved and renamed:", "classes moved and renamed:"),
    "pull_up_method": ("method pulled up:", "methods pulled up:"),
    "push_down_method": ("method pushed down:", "methods pushed down:"),
    "rename_file": ("file renamed:", "files renamed:"),
    "move_file": ("file moved:", "files moved:"),
    "move_and_rename_file": ("file moved and renamed:", "files moved and renamed:"),
    "rename_folder": ("folder renamed:", "folders renamed:"),
    "move_folder": ("folder moved:", "folders moved:"),
    "move_and_rename_folder": ("folder moved and renamed:", "folders moved and renamed:"),
    "modify_route": ("route changed:", "routes changed:"),
    "add_route": ("route added:", "routes added:"),
    "remove_route": ("route removed:", "routes removed:"),
    "reorder_decorators": ("decorators reordered on", "decorators reordered on"),
    "add_annotation": ("types given in", "types given in"),
    "remove_annotation": ("types dropped in", "types dropped in"),
    "rebind_imports": (
        "imports reordered, so a name may mean another thing, in",
        "imports reordered, so a name may mean another thing, in",
    ),
    "modify_comment": ("comments changed in", "comments changed in"),
    "modify_docstring": ("docstring changed in", "docstrings changed in"),
    "add_function": ("function added:", "functions added:"),
    "remove_function": ("function removed:", "functions removed:"),
    "modify_function": ("function changed:", "functions changed:"),
    "add_class": ("class added:", "classes added:"),
    "remove_class": ("class removed:", "classes removed:"),
    "modify_class": ("class changed:", "classes changed:"),
    "add_test": ("test added:", "tests added:"),
    "remove_test": ("test removed:", "tests removed:"),
    "modify_test": ("test changed:", "tests changed:"),
    "add_parameter": ("parameter added to", "parameters added to"),
    "remove_parameter": ("parameter removed from", "parameters removed from"),
    "change_annotation": ("type changed of", "types changed of"),
    "change_return_annotation": ("type of the result changed of", "types of the results changed of"),
    "change_default": ("default changed of", "defaults changed of"),
    "add_decorator": ("decorator added to", "decorators added to"),
    "remove_decorator": ("decorator removed from", "decorators removed from"),
    "modify_decorator": ("decorator changed of", "decorators changed of"),
    "modify_constant": ("value changed:", "values changed:"),
    "modify_import": ("import changed:", "imports changed:"),
    "rename_attribute": ("renamed:", "renamed:"),
    "rename_constant": ("renamed:", "renamed:"),
    "reorder_imports": ("order of imports changed in", "order of imports changed in"),
    "reorder_statements": ("order of statements changed in", "order of statements changed in"),
    "modify_module": ("code outside of functions changed in", "code outside of functions changed in"),
    "add_key": ("setting added:", "settings added:"),
    "remove_key": ("setting removed:", "settings removed:"),
    "modify_key": ("setting changed:", "settings changed:"),
    "duplicate_key": ("key given twice:", "keys given twice:"),
    "add_section": ("section added:", "sections added:"),
    "remove_section": ("section removed:", "sections removed:"),
    "rename_section": ("section renamed:", "sections renamed:"),
    "move_section": ("section moved:", "sections moved:"),
    "modify_section": ("section changed:", "sections changed:"),
    "add_file": ("file added:", "files added:"),
    "remove_file": ("file removed:", "files removed:"),
    "modify_file": ("file changed:", "files changed:"),
}

ENGLISH: Final = Phrases(_SENTENCES, _COMMENTS, _ADVICE, _KINDS, rules={})
