"""Settings: where they come from, what is refused, and that no secret is ever shown."""

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.adapters.mongo.reviews import connect_mongo
from app.config import Settings, load_settings, misspelt_variables, variables
from app.core.costs import Budgets, Price
from app.core.limits import Limits
from app.core.sizes import BROKER_REQUEST_BYTES_MAX
from app.core.urls import is_http_url, password_of, redact_url
from schemas.errors import StartRefused
from tests import ROOT


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable of this machine's reaches a test, nor a `.env` of the checkout."""
    for name in list(os.environ):
        if name.upper() in variables():
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def refusal(**overrides: Any) -> list[str]:
    """The lines of the refusal that `overrides` lead to, one for each wrong variable."""
    with pytest.raises(StartRefused) as caught:
        load_settings(None, **overrides)
    return [line.strip() for line in caught.value.cause.splitlines()[1:]]


def test_defaults_start() -> None:
    """Without any variable the settings are those of one machine, and no model, API or webhook is configured."""
    settings = load_settings()
    assert settings.bootstrap_servers == ("127.0.0.1:9092",)
    assert not settings.llm_configured
    assert settings.external_api_url is None
    assert settings.webhook_url is None
    assert settings.limits() == Limits()


def test_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable of the environment wins over `.env`, and an override over both."""
    Path(".env").write_text("WEB_PORT=7001\nLANE_BUFFER=7\nHISTORY_DEPTH=2\n")
    monkeypatch.setenv("LANE_BUFFER", "8")
    monkeypatch.setenv("HISTORY_DEPTH", "1")
    settings = load_settings(history_depth=4)
    assert (settings.web_port, settings.lane_buffer, settings.history_depth) == (7001, 8, 4)


def test_empty_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty or blank variable counts as unset, and an empty one does not hide the line in `.env`."""
    Path(".env").write_text("WEB_PORT=\nLLM_MODEL=' '\nTOPIC_REVIEWS=r\n")
    monkeypatch.setenv("KAFKA_GROUP_ID", "")
    monkeypatch.setenv("LANE_BUFFER", "  ")
    monkeypatch.setenv("TOPIC_REVIEWS", "")
    settings = load_settings()
    assert (settings.web_port, settings.kafka_group_id, settings.lane_buffer) == (6066, "reviewstream", 256)
    assert settings.llm_model is None
    assert settings.topic_reviews == "r"


def test_empty_override_unsets(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty override unsets what the environment sets: so the desk reviews offline."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    assert not load_settings(openai_api_key="").llm_configured


@pytest.mark.parametrize(
    ("url", "is_taken"),
    [
        ("https://reviews.example.org", True),
        ("http://127.0.0.1:8080/reviews", True),
        ("reviews.example.org", False),
        ("https://user:word@reviews.example.org", False),
        ("https://reviews.example.org/?a=1", False),
        ("https://reviews.example.org/#a", False),
    ],
)
def test_a_public_address_is_a_plain_url(url: str, is_taken: bool) -> None:
    """Links are made by writing behind it."""
    if is_taken:
        assert load_settings(None, web_public_url=url, web_secret="s" * 32).web_public_url == url
    else:
        assert any(line.startswith("WEB_PUBLIC_URL: ") for line in refusal(web_public_url=url, web_secret="s" * 32))


def test_links_want_a_long_secret() -> None:
    """Neither none nor one that can be tried out; it is not shown, and the log masks it."""
    (missing,) = refusal(web_public_url="https://r.example")
    assert missing == "WEB_SECRET: got nothing, wants a secret, because WEB_PUBLIC_URL is set"
    (short,) = refusal(web_secret="hunter2")
    assert "32 characters at least" in short
    assert "hunter2" not in short
    assert "s" * 32 in load_settings(None, web_secret="s" * 32).secrets()


def test_unknown_ignored() -> None:
    """Unknown variables in `.env` are ignored."""
    Path(".env").write_text("PATH_OF_SOMEONE_ELSE=1\nWEB_PORT=7001\n")
    assert load_settings().web_port == 7001


def test_surrounding_space_is_no_part_of_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Space and a line break around a value are dropped, as a secret read from a file often ends in one."""
    monkeypatch.setenv("EXTERNAL_API_KEY", " key\n")
    key = load_settings().external_api_key
    assert key is not None
    assert key.get_secret_value() == "key"


def test_frozen() -> None:
    """Settings cannot be changed after they were read."""
    with pytest.raises(ValueError, match="frozen"):
        setattr(load_settings(), "web_port", 1)  # noqa: B010 - what a type checker forbids


def test_named_file_must_exist() -> None:
    """A file of settings that is named must be there; a missing `.env` is none."""
    with pytest.raises(StartRefused, match="no such file"):
        load_settings("other.env")


def test_file_must_be_utf8() -> None:
    """A `.env` that is not UTF-8 is refused by name."""
    Path(".env").write_bytes(b"LLM_MODEL=\xff\n")
    with pytest.raises(StartRefused, match=r"\.env cannot be read"):
        load_settings()


def test_every_wrong_variable_at_once() -> None:
    """One refusal names every wrong variable, what it got and what it wants."""
    lines = refusal(web_port="99999", kafka_replication_factor="zero", review_language="de", llm_timeout_s="inf")
    assert lines == [
        "KAFKA_REPLICATION_FACTOR: got 'zero', wants a valid integer, unable to parse string as an integer",
        "LLM_TIMEOUT_S: got 'inf', wants a finite number",
        "REVIEW_LANGUAGE: got 'de', wants 'ru' or 'en'",
        "WEB_PORT: got '99999', wants less than or equal to 65535",
    ]


MODEL = {"llm_base_url": "http://h/v1", "llm_model": "m"}


def test_prices_and_budgets_are_read() -> None:
    """Names in their order, prices by model, sums to the digit; unset, nothing has a price and nothing is bounded."""
    settings = load_settings(
        None,
        **MODEL,
        llm_fallback_models=" org/n:free , o ",
        llm_prices="m=0.25/2.00/0.025, org/n:free=0/0, o=1/2",
        llm_currency="EUR",
        llm_budget_day="20.5",
        llm_budget_student_day="0",
    )
    assert settings.fallback_models == ("org/n:free", "o")
    assert settings.prices.find("m") == Price(Decimal("0.25"), Decimal(2), Decimal("0.025"))
    assert settings.prices.find("o") == Price(Decimal(1), Decimal(2), Decimal(1))
    assert settings.budgets == Budgets(Decimal("20.5"), Decimal(0), "EUR")
    assert settings.unpriced_models == ()
    bare = load_settings(None, **MODEL)
    assert (bare.fallback_models, bare.unpriced_models, bare.budgets.are_set) == ((), ("m",), False)


@pytest.mark.parametrize(
    ("overrides", "line"),
    [
        ({"kafka_bootstrap_servers": "kafka"}, "KAFKA_BOOTSTRAP_SERVERS: got 'kafka', wants host:port"),
        ({"kafka_bootstrap_servers": "a:1,b:0"}, "KAFKA_BOOTSTRAP_SERVERS: got 'a:1,b:0', wants host:port"),
        ({"kafka_heartbeat_interval_s": "2.5"}, "KAFKA_HEARTBEAT_INTERVAL_S: got '2.5', wants at most a third of"),
        ({"drain_grace_s": 60}, "DRAIN_GRACE_S: got 60, wants less than KAFKA_REBALANCE_TIMEOUT_S, which is 60"),
        ({"refused_min": 201}, "REFUSED_MIN: got 201, wants at most REFUSED_WINDOW, which is 200"),
        ({"topic_reviews": "submissions"}, "TOPIC_REVIEWS: got 'submissions', wants another name than TOPIC_SUBMI"),
        ({"topic_reviews": "a/b"}, "TOPIC_REVIEWS: got 'a/b', wants a name of letters from a to z, digits, dots,"),
        ({"topic_reviews": "a\u0301"}, "TOPIC_REVIEWS: got 'a\u0301', wants a name of letters from a to z"),
        ({"mongodb_db": "a.b"}, "MONGODB_DB: got 'a.b', wants a name of letters from a to z, digits, underscores"),
        ({"reviews_retention_days": 0}, "REVIEWS_RETENTION_DAYS: got 0, wants a number of days, or -1 for ever"),
        ({"mongodb_url": "http://h"}, "MONGODB_URL: got 'http://h', wants a URL that starts with mongodb://"),
        ({"llm_base_url": "ftp://h", "llm_model": "m"}, "LLM_BASE_URL: got 'ftp://h', wants a URL that starts with"),
        ({"external_api_url": "https://"}, "EXTERNAL_API_URL: got 'https://', wants a URL that starts with"),
        ({"external_api_url": "http://h:99999"}, "EXTERNAL_API_URL: got 'http://h:99999', wants a URL that"),
        ({"webhook_url": "https://h/x"}, "WEBHOOK_SECRET: got nothing, wants a secret, because WEBHOOK_URL is set"),
        ({"openai_api_key": "k"}, "LLM_MODEL: got nothing, wants the name of a model, because OPENAI_API_KEY is set"),
        ({"llm_base_url": "http://h/v1"}, "LLM_MODEL: got nothing, wants the name of a model, because LLM_BASE_URL"),
        ({"llm_model": "m"}, "LLM_MODEL: got 'm', wants OPENAI_API_KEY or LLM_BASE_URL beside it"),
        ({"llm_model": "a\nb", "openai_api_key": "k"}, r"LLM_MODEL: got 'a\nb', wants a value without control"),
        (MODEL | {"llm_fallback_models": "a,m"}, "LLM_FALLBACK_MODELS: got 'a,m', wants names with commas between"),
        (MODEL | {"llm_fallback_models": "a, a"}, "LLM_FALLBACK_MODELS: got 'a, a', wants names with commas between"),
        ({"llm_fallback_models": "a"}, "LLM_FALLBACK_MODELS: got 'a', wants LLM_MODEL beside it: the first to be ask"),
        (MODEL | {"llm_prices": "m=1"}, "LLM_PRICES: got 'm=1', wants model=prompt/completion or model=prompt/compl"),
        (MODEL | {"llm_budget_day": "5"}, "LLM_BUDGET_DAY: got '5', wants a price of m in LLM_PRICES: m=prompt/compl"),
        (
            MODEL | {"llm_fallback_models": "n", "llm_prices": "m=1/2", "llm_budget_student_day": "5"},
            "LLM_BUDGET_STUDENT_DAY: got '5', wants a price of n in LLM_PRICES",
        ),
        (MODEL | {"llm_budget_day": "-1"}, "LLM_BUDGET_DAY: got '-1', wants greater than or equal to 0"),
        (MODEL | {"llm_currency": "рубль"}, "LLM_CURRENCY: got 'рубль', wants up to 8 letters"),
        ({"kafka_sasl_username": "u"}, "KAFKA_SASL_USERNAME: got 'u', wants KAFKA_SECURITY_PROTOCOL to be SASL_SSL"),
        ({"kafka_ssl_cafile": "/nowhere"}, "KAFKA_SSL_CAFILE: got '/nowhere', wants the path of a file"),
        ({"kafka_ssl_cafile": __file__}, f"KAFKA_SSL_CAFILE: got '{__file__}', wants KAFKA_SECURITY_PROTOCOL to be"),
        ({"web_port": 0}, "WEB_PORT: got 0, wants greater than or equal to 1"),
        ({"log_level": "loud"}, "LOG_LEVEL: got 'loud', wants 'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
        ({"kafka_security_protocol": "ssl_sasl"}, "KAFKA_SECURITY_PROTOCOL: got 'ssl_sasl', wants 'PLAINTEXT',"),
        ({"max_in_flight": "0"}, "MAX_IN_FLIGHT: got '0', wants greater than or equal to 1"),
    ],
)
def test_refused(overrides: dict[str, Any], line: str) -> None:
    """A value that cannot work is refused by its variable's name, and nothing else is."""
    (only,) = refusal(**overrides)
    assert only.startswith(line)


ENCODED = "user name and password percent-encoded"


@pytest.mark.parametrize(
    ("url", "shown", "wants"),
    [
        ("mongodb://u:hush/PW@h", "mongodb://***@h", ENCODED),
        ("mongodb://u:12/hush@h", "mongodb://***@h", ENCODED),
        ("mongodb://u:hu@sh@h", "mongodb://***@h", ENCODED),
        ("mongodb://u:hu:sh@h", "mongodb://***@h", ENCODED),
        ("mongodb://u:hush?w@h/db", "mongodb://***@h/db", ENCODED),
        ("mongodb://u:hush%w@h", "mongodb://***@h", ENCODED),
        ("mongodb+srv://u:hush/w@h.example.com", "mongodb+srv://***@h.example.com", ENCODED),
        ("mongodb://u:hush@", "mongodb://***@", "a URL that starts with mongodb:// or mongodb+srv:// and names a host"),
        ("mongodb://u:hush@a,,b", "mongodb://***@a,,b", "a URL that starts with mongodb:// or mongodb+srv:// and"),
        ("mongodb://u:hush", "mongodb://u:***", "host:port, the port a number from 1 to 65535"),
        ("mongodb://h:0", "mongodb://h:0", "host:port, the port a number from 1 to 65535"),
        ("mongodb://:hush@h", "mongodb://***@h", "a URL that starts with mongodb:// or mongodb+srv:// and names a"),
        ("mongodb://::1", "mongodb://:***", "host:port, the port a number"),
    ],
)
def test_a_mongodb_url_that_no_driver_takes_is_told_in_words(url: str, shown: str, wants: str) -> None:
    """What the driver would refuse, with the password in its message, is refused by its variable without it."""
    (line,) = refusal(mongodb_url=url)
    assert line.startswith(f"MONGODB_URL: got '{shown}', wants {wants}")
    assert "hush" not in line


@pytest.mark.parametrize(
    "url",
    [
        "mongodb://u:p%2Fw@h",
        "mongodb://u:p@a:1,b,[::1]:2/db?replicaSet=r",
        "mongodb://%2Ftmp%2Fx.sock",
        "mongodb://h/db?appName=a@b",
        "mongodb://h?appName=b",
        "mongodb://u:p w+#[@h",
        "mongodb+srv://u:p@h.example.com/db",
    ],
)
def test_a_mongodb_url_that_drivers_take_is_taken(url: str) -> None:
    """Nothing is refused that the driver understands."""
    connect_mongo(url, 1).close()
    assert load_settings(None, mongodb_url=url).mongodb_url.get_secret_value() == url


def test_what_only_the_driver_refuses_is_told_without_the_password() -> None:
    """An address whose form is right and whose parts do not go together is named with a cure."""
    for url in ("mongodb://hush@h", "mongodb+srv://u:hush@h:1/"):
        settings = load_settings(None, mongodb_url=url)
        with pytest.raises(StartRefused, match=r"MONGODB_URL: got 'mongodb.*@h.*', which the driver") as caught:
            connect_mongo(settings.mongodb_url.get_secret_value(), 1)
        assert "hush" not in str(caught.value)
        assert "percent-encoded" in caught.value.cure


def test_a_misspelt_name_in_the_file_is_found() -> None:
    """A name in `.env` that is nearly a setting is told with that setting; other programs' names are left alone."""
    Path(".env").write_text(
        "TOPIC_PARTITION=3\nexport kafka_bootstrap_server=h:1\nWEB_PROT=1\nMONGODB_URI=x\nLLM_MODLE\nWEB_PORT=7001\n"
        "web_host=h\nMONGODB_USER=u\nKAFKA_UI_PORT=8080\nPOSTGRES_URL=p\nLOG_FILE=f\nOPENAI_ORG_ID=o\nLLM_MAX_TOKENS=1\n"
    )
    assert misspelt_variables() == {
        "TOPIC_PARTITION": "TOPIC_PARTITIONS",
        "kafka_bootstrap_server": "KAFKA_BOOTSTRAP_SERVERS",
        "WEB_PROT": "WEB_PORT",
        "MONGODB_URI": "MONGODB_URL",
        "LLM_MODLE": "LLM_MODEL",
    }
    assert load_settings().web_port == 7001


def test_no_file_has_no_misspelt_names() -> None:
    """Without a `.env`, with one that cannot be read, and in our own example, nothing is misspelt."""
    assert misspelt_variables() == {}
    Path(".env").write_bytes(b"TOPIC_PARTITION=\xff\n")
    assert misspelt_variables() == {}
    assert misspelt_variables(ROOT / ".env.example") == {}


def test_sasl_must_be_complete() -> None:
    """With SASL, mechanism, user and password are all demanded."""
    lines = refusal(kafka_security_protocol="SASL_SSL", kafka_sasl_mechanism="PLAIN")
    assert [line.partition(":")[0] for line in lines] == ["KAFKA_SASL_USERNAME", "KAFKA_SASL_PASSWORD"]
    sasl = {"kafka_sasl_mechanism": "scram-sha-512", "kafka_sasl_username": "u", "kafka_sasl_password": "p"}
    assert load_settings(None, kafka_security_protocol="sasl_ssl", **sasl).kafka_sasl_mechanism == "SCRAM-SHA-512"


def test_key_needs_certificate() -> None:
    """A client key without its certificate is refused."""
    (line,) = refusal(kafka_security_protocol="SSL", kafka_ssl_keyfile=__file__)
    assert line.endswith("wants KAFKA_SSL_CERTFILE beside it")


def test_records_must_fit_a_request() -> None:
    """Limits whose worst record no broker would accept are refused."""
    (line,) = refusal(submission_chars_max=8 * 1024 * 1024)
    assert line.startswith("SUBMISSION_CHARS_MAX and HISTORY_DEPTH: got 8388608 and 3, wants less of either")
    assert load_settings(None, submission_chars_max=8 * 1024 * 1024, history_depth=1).history_depth == 1


SECRETS = {
    "kafka_security_protocol": "SASL_PLAINTEXT",
    "kafka_sasl_mechanism": "PLAIN",
    "kafka_sasl_username": "user",
    "kafka_sasl_password": "hush-1",
    "mongodb_url": "mongodb://user:hush-2@db.example/?appName=hush-3",
    "openai_api_key": "hush-4",
    "llm_base_url": "http://user:hush-5@llm.example/v1",
    "llm_model": "m",
    "external_api_url": "https://api.example/reviews?token=hush-6",
    "external_api_key": "hush-7",
    "webhook_url": "https://chat.example/hooks/hush-8",
    "webhook_secret": "hush-9",
}


def test_secrets_are_never_shown() -> None:
    """repr, str and both dumps show no secret, not even within URLs, and still tell the hosts."""
    settings = load_settings(None, **SECRETS)
    dumps = [repr(settings), str(settings), repr(settings.model_dump()), json.dumps(settings.model_dump(mode="json"))]
    for shown in dumps:
        assert "hush" not in shown
        assert all(host in shown for host in ("db.example", "llm.example/v1", "api.example/reviews", "chat.example"))


def test_secrets_within_urls_are_told_to_the_log() -> None:
    """A token in the place of the user or in the query, and long parts of a webhook's path, are secrets too."""
    told = load_settings(
        None,
        external_api_url="https://TOKEN-1@api.example/reviews",
        webhook_url="https://chat.example/services/T01/abcdefghijklmnop1234?sig=TOKEN-2",
        webhook_secret="TOKEN-3",
        mongodb_url="mongodb://user:TOKEN%2D4@db.example/?authSource=admin",
    ).secrets()
    assert {"TOKEN-1", "TOKEN-2", "TOKEN-3", "TOKEN%2D4", "abcdefghijklmnop1234"} <= set(told)
    assert not {"admin", "services", "T01", "user", "reviews"} & set(told)


def test_secrets_are_told_to_the_log() -> None:
    """`secrets` names every one that a library could write by itself."""
    told = load_settings(None, **SECRETS).secrets()
    assert {f"hush-{number}" for number in (1, 2, 4, 5, 6, 7, 9)} | {"/hooks/hush-8"} == set(told)


def test_refusals_show_no_secret() -> None:
    """A refusal masks what a secret variable got, and passwords within URLs."""
    wrong = SECRETS | {
        "openai_api_key": "hush\n4",
        "webhook_url": "ftp://chat.example/hush-8",
        "mongodb_url": "postgres://user:hush-2@db.example",
        "kafka_sasl_password": "hush\x00",
    }
    lines = refusal(**wrong)
    assert [line.partition(":")[0] for line in lines] == [
        "KAFKA_SASL_PASSWORD",
        "MONGODB_URL",
        "OPENAI_API_KEY",
        "WEBHOOK_URL",
    ]
    assert not any("hush" in line for line in lines)
    assert "got 'postgres://***@db.example'" in lines[1]


@pytest.mark.parametrize("name", list(variables()))
@pytest.mark.parametrize("value", ["ftp://user:hush@h x/?key=hush", "user:hush@h\tx", "a:hush@@h:99999,b"])
def test_no_refusal_shows_a_password_in_a_url(name: str, value: str) -> None:
    """Whichever setting it was written into."""
    told = ""
    try:
        load_settings(None, **{name.lower(): value})
    except StartRefused as refused:
        told = str(refused)
    assert "hush" not in told


def test_no_refusal_shows_a_token() -> None:
    """A token that stands where its hash belongs still opens the API: its entry's number is told, and what is wrong."""
    token, entry = "wK3vQhF0sUuT5mYp8xLz2NcR7aBdEg1J4iMoPqStVwX", f"desk:read:{'0' * 64}"
    (line,) = refusal(web_tokens=f"{entry},platform:submit:{token}")
    assert line.startswith("WEB_TOKENS: got a value that is not shown, wants name:scopes:sha256")
    assert line.endswith("; entry 2 has no sha256 in its third part: the token itself does not belong there")
    assert token not in line


def test_refusals_are_short() -> None:
    """A refusal shows the beginning of a long value only."""
    (line,) = refusal(review_language="x" * 10_000)
    assert len(line) < 200


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("mongodb://h:27017/db", "mongodb://h:27017/db"),
        ("mongodb://u:p@h:27017/db", "mongodb://***@h:27017/db"),
        ("mongodb+srv://u:p@s@h/db?a=b&c=d", "mongodb+srv://***@h/db?a=***&c=***"),
        ("mongodb://u:p/w?x@h", "mongodb://***@h"),
        ("u:p@h", "***@h"),
        ("http://u:http://p@h", "***@h"),
        ("", ""),
        ("http://[", "http://["),
        ("mongodb://u:p/db", "mongodb://u:***/db"),
        ("http://[::1]:8443/v1:go", "http://[::1]:8443/v1:go"),
    ],
)
def test_redact_url(url: str, shown: str) -> None:
    """A URL is shown without user, password and values of its query, however badly it is formed."""
    assert redact_url(url) == shown


def test_password_of() -> None:
    """The password of a URL is what a driver would take for it; there is none without a user."""
    assert password_of("mongodb://u:p@s@h/db") == "p@s"
    assert password_of("mongodb://h:27017/db") == ""


def test_is_http_url() -> None:
    """Only http and https with a host and a port that exists pass."""
    assert is_http_url("https://h:8443/v1")
    assert not any(map(is_http_url, ("http://", "//h", "h", "http://[", "http://h:0", "http://h x", "file:///h")))


def test_limits_follow_settings() -> None:
    """What an operator can set reaches the core's limits."""
    settings = load_settings(
        None,
        submission_chars_max=5_000,
        archive_bytes_max=6_000,
        analysis_timeout_s=7,
        llm_prompt_tokens_max=8_000,
        history_depth=8,
    )
    limits = settings.limits()
    assert (limits.sources.text_chars_max, limits.sources.archive_bytes_max) == (5_000, 6_000)
    assert (limits.diff.analysis_timeout_s, limits.prompt.prompt_tokens_max, limits.history.depth) == (7, 8_000, 8)


def test_sizes_follow_limits() -> None:
    """More text makes larger records; each table entry, and each dead letter, fits a request that a broker takes."""
    small, usual = load_settings(None, submission_chars_max=5_000).sizes(), load_settings(None).sizes()
    assert small.comparison_bytes_max < usual.comparison_bytes_max
    assert usual.dead_letter_bytes_max > max(
        usual.submission_bytes_max, usual.comparison_bytes_max, usual.review_bytes_max
    )
    entries = (usual.submission_history_bytes_max, usual.review_history_bytes_max, usual.dead_letter_bytes_max)
    assert max(entries) <= usual.request_bytes_max <= BROKER_REQUEST_BYTES_MAX


def test_every_field_is_described() -> None:
    """Every setting says what it is in one line that ends in a full stop, for the docs and `.env.example`."""
    for name, field in variables().items():
        assert field.description, name
        assert field.description.endswith("."), name
        assert "\n" not in field.description, name


def test_settings_read_the_environment_only_when_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings once read do not follow the environment."""
    settings = load_settings(None)
    monkeypatch.setenv("WEB_PORT", "7001")
    assert settings.web_port == 6066
    assert Settings(_env_file=None).web_port == 7001
