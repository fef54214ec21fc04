"""Configuration files, compared by their keys."""

import configparser
import json
import time
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from app.core.diff.other_files.config.ini_reader import read_ini
from app.core.diff.other_files.config.json_reader import read_json
from app.core.diff.other_files.config.node import Builder, Identities, Node, Unreadable
from app.core.diff.other_files.config.secrets import MASKED, is_secret, without_secrets
from app.core.diff.other_files.config.yaml_reader import read_yaml
from app.core.limits import DiffLimits
from app.core.submission.sources import SourceFile, SourceTree
from app.core.submission.tree import kind_of
from schemas.changes import Change
from tests.builders.diff_trees import diff

LIMITS = DiffLimits()


def changes(path: str, before: str, after: str, limits: DiffLimits = LIMITS) -> list[Change]:
    """What changed in the file at `path`."""
    old, new = (SourceTree({path: SourceFile(path, text, kind_of(path))}) for text in (before, after))
    return list(diff(old, new, limits).changes)


def told(path: str, before: str, after: str) -> list[tuple[str, str | None, object, object]]:
    """Each change in short: kind, key, the value before and after."""
    found = changes(path, before, after)
    return [
        (c.kind, (c.after or c.before).symbol, c.detail.get("before"), c.detail.get("after"))  # type: ignore[union-attr]
        for c in found
    ]


def plain(node: Node | None) -> Any:
    """A tree as Python's dictionaries, lists and texts."""
    assert node is not None
    if isinstance(node.items, dict):
        return {name: plain(item) for name, item in node.items.items()}
    return node.shown if node.items is None else [plain(item) for item in node.items]


def test_yaml_is_compared_by_key() -> None:
    """Values within lists of mappings have their path, what came as a whole is told once."""
    before = "model:\n  layers:\n    - units: 32\n    - units: 64\n  name: x\n"
    after = "model:\n  layers:\n    - units: 32\n    - units: 128\n      drop: 0.5\n    - {units: 1}\n"
    assert told("conf/model.yaml", before, after) == [
        ("modify_key", "model.layers[1].units", "64", "128"),
        ("add_key", "model.layers[1].drop", None, "0.5"),
        ("remove_key", "model.name", "x", None),
        ("add_key", "model.layers[2]", None, "{1 key}"),
    ]


def test_a_key_stands_on_its_line() -> None:
    """Records point at the key's line on either side."""
    change = changes("a.yml", "a:\n  b: 1\n", "# new\na:\n\n  b: 2\n")[0]
    assert change.before is not None
    assert change.after is not None
    assert (change.before.line, change.after.line) == (2, 4)


@pytest.mark.parametrize(
    ("path", "before", "after", "expected"),
    [
        ("a.json", '{"a": {"b c": 1}}', '{"a": {"b c": 2}}', ("modify_key", 'a."b c"', "1", "2")),
        ("a.toml", "[t.x]\na = 1\n", "[t.x]\na = 2\n", ("modify_key", "t.x.a", "1", "2")),
        ("Pipfile", "[[source]]\nname = 'a'\n", "[[source]]\nname = 'b'\n", ("modify_key", "source[0].name", "a", "b")),
        ("setup.cfg", "[a]\nx = 1\n", "[a]\nx = 1\n  2\n", ("modify_key", "a.x", "1", "1 2")),
        (".env", "export DEBUG=1\n", "export DEBUG=0\n", ("modify_key", "DEBUG", "1", "0")),
        ("a.properties", "a.b: 1\n", "a.b: 2\n", ("modify_key", '"a.b"', "1", "2")),
        ("a.yaml", "a: 1\n", 'a: "1"\n', ("modify_key", "a", "1", "1")),
        ("a.yaml", "a: 1\n---\nb: 1\n", "a: 1\n---\nb: 2\n", ("modify_key", "documents[1].b", "1", "2")),
        ("a.yaml", "a: [1, 2, 3]\n", "a: [0, 1, 2, 3]\n", ("add_key", "a[0]", None, "0")),
        ("a.yaml", "a: {b: 1}\n", "a: [1]\n", ("modify_key", "a", "{1 key}", "[1 item]")),
    ],
)
def test_every_format_is_compared_by_key(path: str, before: str, after: str, expected: tuple[object, ...]) -> None:
    """JSON, TOML, INI, environment files and several YAML documents alike."""
    assert told(path, before, after) == [expected]


@pytest.mark.parametrize(
    ("path", "before", "after", "kind"),
    [
        ("a.yaml", "a: 1\nb: x\n", "b: 'x'\na:   1\n", "format_only"),
        ("a.yaml", "a: 1\n", "a: 1  # one\n", "comment_only"),
        ("a.json", '{"a":1}', '{\n  "a": 1\n}', "format_only"),
        ("a.toml", "a = 1\n", "# why\na = 1\n", "comment_only"),
        ("a.ini", "[s]\na = 1\n", "[s]\n; why\na: 1\n", "comment_only"),
    ],
)
def test_layout_and_comments_are_no_change_of_keys(path: str, before: str, after: str, kind: str) -> None:
    """Order, quotes and spaces are layout."""
    assert [change.kind for change in changes(path, before, after)] == [kind]


@pytest.mark.parametrize(
    ("path", "text", "reason"),
    [
        ("a.yaml", "a: [1\nb: }", "line 2: did not find expected ',' or ']'"),
        ("a.json", '{"a": 1,}', "line 1: no JSON: a mark where there should be none"),
        ("a.json", "[1] 2", "line 1: no JSON: more text after the end"),
        ("a.toml", "a = \n", "line 1: Invalid value"),
        ("a.ini", "nothing\n", "line 1: neither a section nor a key with a value"),
        ("a.yaml", "{a: 1, b" + ": {a" * 60 + "}" * 61, "line 1: nested more than 50 levels deep"),
        ("a.json", "[" * 100_000, "line 1: nested more than 50 levels deep"),
        ("a.toml", "a = " + "[" * 5_000, "no TOML: RecursionError"),
        ("a.yaml", "- 1\n" * 10_000, "more than 10000 values: data rather than configuration"),
        ("a.json", "1" * 200_001, "200001 characters, 200000 at most"),
    ],
)
def test_what_cannot_be_read_is_compared_by_line(path: str, text: str, reason: str) -> None:
    """The record says so, and why."""
    whole = {"a.yaml": "a: 1\n", "a.json": "{}", "a.toml": "a = 1\n", "a.ini": "[a]\n"}[path]
    for found in (changes(path, whole, text), changes(path, text, whole)):
        assert [change.kind for change in found] == ["modify_file"]
        assert (found[0].detail["compared_by"], found[0].detail["reasons"]) == ("line", [reason])


def test_aliases_that_multiply_cost_nothing() -> None:
    """A file that would expand to a billion values is compared by the few that it holds."""
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12))
    start = time.process_time()
    assert told("a.yaml", bomb, bomb + "b: 1\n") == [("add_key", "b", None, "1")]
    assert time.process_time() - start < 5


def test_no_tag_makes_an_object() -> None:
    """A tag that would run code is a text like any other."""
    found = told("a.yaml", "a: 1\n", "a: !!python/object/apply:os.system ['true']\n")
    assert found == [("modify_key", "a", "1", "[1 item]")]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.yaml", "db: {password: swordfish}\n"),
        ("a.yaml", "secrets:\n  db: swordfish\n"),
        ("a.yaml", "env:\n  - DB_PASSWORD=swordfish\n"),
        ("a.yaml", "env:\n  - name: API_TOKEN\n    value: swordfish\n"),
        ("a.yaml", "url: postgres://user:swordfish@host/db\n"),
        ("a.yaml", "command: run --api-key swordfish\n"),
        ("a.yaml", "tokens: [swordfish]\n"),
        ("a.json", '{"clientSecret": "swordfish"}'),
        ("a.toml", "AWS_SECRET_ACCESS_KEY = 'swordfish'\n"),
        (".env", "OPENAI_API_KEY=swordfish\n"),
    ],
)
def test_secrets_are_never_quoted(path: str, text: str) -> None:
    """Whatever tells that a value is secret, no record holds it."""
    found = changes(path, text, text.replace("swordfish", "hunter2"))
    assert found[0].kind == "modify_key"
    assert "hunter2" not in str(found)
    assert "swordfish" not in str(found)
    assert MASKED in str(found)


def test_a_secrets_name_repeated_without_end_is_read() -> None:
    """Names run together cost no more than their length, and what is assigned to them is masked all the same."""
    assert "swordfish" not in without_secrets("pwd." * 30_000 + "pwd=swordfish")


def test_settings_of_language_models_are_no_secrets() -> None:
    """Numbers of tokens are told."""
    assert told("a.yaml", "max_tokens: 100\n", "max_tokens: 200\n") == [("modify_key", "max_tokens", "100", "200")]
    assert not is_secret("monkey")


def test_a_key_given_twice_is_told() -> None:
    """The last one counts, as for the parsers that people use."""
    assert told("a.yaml", "a: 1\n", "a: 1\na: 2\n") == [
        ("duplicate_key", "a", None, None),
        ("modify_key", "a", "1", "2"),
    ]


def test_of_many_keys_the_first_are_told() -> None:
    """A file whose every value changed has a bounded number of records and says how many there are."""
    before, after = ("".join(f"k{n}: {value}\n" for n in range(300)) for value in (1, 2))
    found = changes("a.yaml", before, after)
    assert len(found) == LIMITS.config_changes_max + 1
    assert found[0].detail == {"keys_changed": 300, "keys_told": LIMITS.config_changes_max}


def test_long_values_are_cut() -> None:
    """A value in a record is short."""
    detail = changes("a.yaml", "a: 1\n", "a: " + "word " * 1_000)[0].detail
    assert len(str(detail["after"])) <= LIMITS.detail_chars_max


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=10,
)


def as_texts(value: Any) -> Any:
    """JSON's own decoder's result with every scalar as it is written."""
    if isinstance(value, dict):
        return {name: as_texts(item) for name, item in value.items()}
    if isinstance(value, list):
        return [as_texts(item) for item in value]
    return value if isinstance(value, str) else json.dumps(value)


@given(VALUES, st.sampled_from([None, 1]))
def test_json_is_read_as_python_reads_it(value: Any, indent: int | None) -> None:
    """Any document gives the same tree."""
    builder = Builder(LIMITS, Identities())
    read_json(json.dumps(value, indent=indent), builder)
    assert plain(builder.root) == as_texts(value)


@given(st.text(alphabet='{}[]",:0.1e-truefalsnl \n\\u"', max_size=30))
def test_json_is_refused_where_python_refuses_it(text: str) -> None:
    """Our reader takes a text exactly where Python's does."""
    try:
        json.loads(text, parse_constant=lambda _: 1 / 0)
        valid = True
    except (ValueError, ZeroDivisionError):
        valid = False
    try:
        read_json(text, Builder(LIMITS, Identities()))
        ours = True
    except Unreadable:
        ours = False
    assert ours == valid


NAMES = st.text(alphabet="abcXYZ_-", min_size=1, max_size=6)


@given(
    st.dictionaries(NAMES, st.dictionaries(NAMES, st.text(alphabet="ab =:#;[]\t", max_size=8), max_size=4), max_size=4)
)
def test_ini_is_read_as_configparser_reads_it(sections: dict[str, dict[str, str]]) -> None:
    """What `configparser` reads of a file, we read."""
    text = "".join(
        f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items()) for name, keys in sections.items()
    )
    parser = configparser.RawConfigParser(default_section="", allow_no_value=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text)
    builder = Builder(LIMITS, Identities())
    read_ini(text, builder)
    assert plain(builder.root) == {name: dict(parser.items(name)) for name in parser.sections()}


@given(VALUES)
def test_yaml_is_read_as_pyyaml_reads_it(value: Any) -> None:
    """Keys and lists are those of the safe loader; scalars are texts."""
    text = yaml.safe_dump(value, allow_unicode=True)
    builder = Builder(LIMITS, Identities())
    read_yaml(text, builder)
    nodes = yaml.compose(text, Loader=yaml.BaseLoader)
    expected = yaml.BaseLoader("").construct_object(nodes, deep=True)
    assert plain(builder.root) == [expected]


@given(VALUES, VALUES)
def test_keys_are_told_where_documents_differ(one: Any, other: Any) -> None:
    """Keys are told where, and only where, the documents differ."""
    before, after = (json.dumps(value, indent=4) + "\n" for value in (one, other))
    kinds = {change.kind for change in changes("a.json", before, after)}
    assert any(kind.endswith("_key") for kind in kinds) == (as_texts(one) != as_texts(other) or _types(one, other))


def _types(one: Any, other: Any) -> bool:
    """Whether two documents differ in the kinds of their values alone: `1` and `"1"`."""
    return json.dumps(one, sort_keys=True) != json.dumps(other, sort_keys=True)


@given(st.sampled_from(["a.json", "a.yaml", "a.toml", "a.ini", ".env"]), st.text(max_size=80), st.text(max_size=80))
def test_no_text_makes_the_comparison_of_configuration_fail(path: str, before: str, after: str) -> None:
    """Whatever stands in a file, it is compared."""
    assert bool(changes(path, before, after)) == (before != after)
