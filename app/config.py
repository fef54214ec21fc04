"""Settings, frozen, read once from the environment and `.env`.

Each field is the variable of the same name in capitals; its description is the line that `.env.example` and the
configuration page give. An empty variable counts as unset, so that a compose file may pass all of them on.
"""

import re
import shlex
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, get_args
from urllib.parse import urlsplit, urlunsplit

from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    Field,
    FilePath,
    Secret,
    SecretStr,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.core.access import AccessTable, read_tokens
from app.core.costs import Budgets, Prices, read_prices
from app.core.events.event_attributes import EventAttributes
from app.core.limits import KIB, MIB, Limits, RefusalLimits
from app.core.sizes import BROKER_REQUEST_BYTES_MAX, Sizes
from app.core.urls import is_http_url, mongo_url_problem, redact_url, secrets_of
from schemas.errors import StartRefused

_MISSPELT_RATIO_MIN: Final = 0.875
"""Likeness of two names, by difflib, from which one counts as misspelt: two letters swapped in WEB_PORT reach it,
MONGODB_USER beside MONGODB_URL, which is another program's, does not."""
_GOT_CHARS_MAX: Final = 100  # of a wrong value that a refusal shows
_TOKEN_CHARS_MIN: Final = 16  # of a part of the webhook's path: shorter ones are words, as in /services/hook
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


SECRET_CHARS_MIN: Final = 32
"""Of WEB_SECRET: 128 bits as hexadecimal digits."""

LLM_CHOOSERS: Final = ("openai_api_key", "llm_api_key_file", "llm_api_key_command", "llm_base_url", "llm_model")
"""The fields that choose a language model; with all of them unset, rules review."""


class SecretUrl(Secret[str]):
    """A URL that may hold a password; shown by `redact_url`."""

    def _display(self) -> str:
        return redact_url(self.get_secret_value())


class WebhookUrl(Secret[str]):
    """A URL whose very path may be the secret, as with most chat services; only its host is shown."""

    def _display(self) -> str:
        parts = urlsplit(self.get_secret_value())
        return f"{parts.scheme}://{parts.hostname}/***"


def _in_words(pattern: str, words: str) -> AfterValidator:
    """A check of a text's form whose refusal says it in words."""
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if compiled.fullmatch(value) is None:
            raise ValueError(words)
        return value

    return AfterValidator(check)


Topic = Annotated[
    str,
    _in_words(
        r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}",
        "a name of letters from a to z, digits, dots, underscores and hyphens, not a dot first, 200 characters at most",
    ),
]
"""A topic's name, or what one starts with; Kafka allows 249 characters, and changelogs append to it."""

Days = Annotated[int, Field(ge=-1)]
Seconds = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]
Money = Annotated[Decimal, Field(ge=0, max_digits=15, decimal_places=6)]


class Settings(BaseSettings):
    """Everything an operator can set. Validators see the fields above theirs: a field comes after what it needs."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        env_ignore_empty=True,
        env_file_encoding="utf-8",
        allow_inf_nan=False,
        hide_input_in_errors=True,
    )

    kafka_bootstrap_servers: str = Field("127.0.0.1:9092", description="Brokers to start from, host:port,host:port.")
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL."
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = Field(
        None, description="PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512; needed with SASL_PLAINTEXT and SASL_SSL."
    )
    kafka_sasl_username: str | None = Field(None, description="User at the brokers; needed with SASL.")
    kafka_sasl_password: SecretStr | None = Field(None, description="The user's password; needed with SASL.")
    kafka_ssl_cafile: FilePath | None = Field(None, description="Authorities to trust, PEM; the system's if unset.")
    kafka_ssl_certfile: FilePath | None = Field(None, description="Client certificate, PEM, where brokers ask for one.")
    kafka_ssl_keyfile: FilePath | None = Field(None, description="The certificate's key, PEM, if not in the same file.")
    kafka_group_id: Topic = Field(
        "reviewstream", description="Application id: consumer group, and first part of the changelog topics' names."
    )
    kafka_replication_factor: Annotated[int, Field(ge=1, le=32767)] = Field(
        1, description="Replicas of each topic that is created; 3 on a cluster."
    )
    kafka_session_timeout_s: Seconds = Field(
        6, description="Seconds of silence after which a worker counts as dead and its partitions move."
    )
    kafka_heartbeat_interval_s: Seconds = Field(
        0.5,
        description="Seconds between heartbeats, which tell of rebalances; a third of the session timeout at most.",
    )
    kafka_rebalance_timeout_s: Seconds = Field(60, description="Seconds that the members have to rejoin the group.")
    kafka_idempotent_producer: bool = Field(
        True,
        description="false only for a broker without idempotent producers (Tansu): retries may then repeat records.",
    )
    topic_submissions: Topic = Field("submissions", description="Topic in: the platform's submissions.")
    topic_comparisons: Topic = Field("comparisons", description="Topic between comparator and reviewer.")
    topic_reviews: Topic = Field("reviews", description="Topic out: reviews.")
    topic_dead_letters: Topic = Field("dead-letters", description="Topic out: refused records.")
    topic_decisions: Topic = Field("decisions", description="Topic of what teachers decide; its records stay for ever.")
    topic_partitions: Annotated[int, Field(ge=1, le=1000)] = Field(
        6, description="Partitions of each topic that is created; the bound on workers. Growing is a migration."
    )
    cloudevents: bool = Field(
        False, description="Whether records that we produce carry CloudEvents attributes as headers (ce_id and others)."
    )
    submissions_retention_days: Days = Field(
        365, description="Days that submissions stay and can be replayed; -1 for ever."
    )
    comparisons_retention_days: Days = Field(30, description="Days that comparisons stay; -1 for ever.")
    reviews_retention_days: Days = Field(365, description="Days that reviews stay; -1 for ever.")
    dead_letters_retention_days: Days = Field(90, description="Days that dead letters stay; -1 for ever.")
    table_store: Literal["memory", "rocksdb"] = Field(
        "rocksdb", description="rocksdb, or memory: rebuilt from the whole changelog at each start."
    )
    mongodb_url: SecretUrl = Field(SecretUrl("mongodb://127.0.0.1:27017"), description="Where reviews are stored.")
    mongodb_db: Annotated[
        str,
        _in_words(
            r"[A-Za-z0-9_-]{1,63}",
            "a name of letters from a to z, digits, underscores and hyphens, 63 characters at most",
        ),
    ] = Field("reviewstream", description="Database of the reviews.")
    mongodb_timeout_s: Seconds = Field(5, description="Seconds for one operation of MongoDB; then it counts as away.")
    openai_api_key: SecretStr | None = Field(
        None, description="Key of the language model's endpoint. Without it and LLM_BASE_URL, rules review."
    )
    llm_api_key_file: Path | None = Field(
        None, description="A file that holds the key in place of OPENAI_API_KEY; read again after a 401."
    )
    llm_api_key_command: SecretStr | None = Field(
        None,
        description="A command, run without a shell, that prints the key in place of OPENAI_API_KEY; run again after "
        "a 401, for keys that live half an hour.",
    )
    llm_base_url: SecretUrl | None = Field(
        None, description="An OpenAI-compatible endpoint, up to and including /v1; OpenAI's own if unset."
    )
    llm_model: str | None = Field(None, description="The model's name; needed with a key or LLM_BASE_URL.")
    llm_timeout_s: Seconds = Field(60, description="Seconds for one call of the model.")
    llm_max_retries: Annotated[int, Field(ge=0, le=20)] = Field(
        3, description="Retries of a call in one go; then the model counts as away and the event waits."
    )
    llm_prompt_tokens_max: Annotated[int, Field(ge=4000)] = Field(
        24_000, description="Tokens of one prompt; what does not fit is left out and declared."
    )
    llm_answer_tokens_max: Annotated[int, Field(ge=500, le=1_000_000)] = Field(
        8_000, description="Tokens of one answer, thoughts included; twice as many where thoughts took them all."
    )
    llm_fallback_models: str | None = Field(
        None,
        description="More models of the same endpoint, with commas, asked in this order while those before them are "
        "out.",
    )
    llm_tape_days: Count = Field(
        30, description="Days that the model's answers are kept, for a kill, an outage or a replay to find them again."
    )
    llm_prices: str | None = Field(
        None,
        description="model=prompt/completion/cached, with commas: what a million tokens cost. Reviews then tell it.",
    )
    llm_currency: Annotated[str, _in_words(r"[A-Za-z]{1,8}", "up to 8 letters")] = Field(
        "USD", description="Currency of LLM_PRICES and of the budgets."
    )
    llm_budget_day: Money | None = Field(
        None,
        description="What all reviews of a day (UTC) may cost; then they wait for the next. Unset: no limit.",
    )
    llm_budget_student_day: Money | None = Field(
        None, description="What one student's reviews of a day (UTC) may cost; then that student's wait for the next."
    )
    external_api_url: SecretUrl | None = Field(
        None, description="The platform's review API; reviews are POSTed to it. Unset: not delivered there."
    )
    external_api_key: SecretStr | None = Field(None, description="Bearer token for the review API.")
    external_api_timeout_s: Seconds = Field(10, description="Seconds for one call of the review API.")
    external_api_max_retries: Annotated[int, Field(ge=0, le=20)] = Field(
        3, description="Retries of a delivery in one go; then the API counts as away and the event waits."
    )
    webhook_url: WebhookUrl | None = Field(None, description="Told about each published review. Unset: nobody is.")
    webhook_secret: SecretStr | None = Field(None, description="Signs the webhook's calls; needed with WEBHOOK_URL.")
    webhook_max_retries: Annotated[int, Field(ge=0, le=20)] = Field(
        3, description="Retries of one notification; then it is given up, the review stays published."
    )
    archive_path: Path = Field(
        Path("archives"), description="Archive root: SUBMISSION_ID as a folder, .zip or .tar.gz."
    )
    archive_http_allow_private: bool = Field(
        False, description="Whether an archive's URL may lead to a private address."
    )
    archive_http_timeout_s: Seconds = Field(30, description="Seconds for one download of an archive.")
    archive_http_attempts: Annotated[int, Field(ge=1, le=20)] = Field(
        3, description="Attempts at a host that a submission names; then the submission is refused."
    )
    data_dir: Path = Field(Path("data"), description="Tables and other state; a directory for each worker.")
    rubrics_path: Path | None = Field(
        None, description="Folder of rubrics, ASSIGNMENT_ID.yaml each. Without one, the default rubric judges all."
    )
    prompts_path: Path | None = Field(
        None, description="Folder of prompt files, ASSIGNMENT_ID.LANGUAGE.yaml each. Without one, those that ship."
    )
    review_language: Literal["ru", "en"] = Field(
        "ru", description="ru or en: language of reviews where a submission names none."
    )
    web_host: str = Field("127.0.0.1", description="Address of /health, /ready and /metrics; they ask for no password.")
    web_port: Annotated[int, Field(ge=1, le=65535)] = Field(
        6066, description="Port of /health, /ready and /metrics; GET / answers 200 while the event loop runs."
    )
    web_api_host: str = Field(
        "127.0.0.1", description="Address of the HTTP API (`reviewstream web`); 0.0.0.0 behind a proxy that has TLS."
    )
    web_api_port: Annotated[int, Field(ge=1, le=65535)] = Field(8080, description="Port of the HTTP API.")
    web_tokens: SecretStr | None = Field(
        None,
        description="name:scopes:sha256, with commas: who may use the HTTP API. Scopes are submit, read, review and "
        "operate, with + between them; :student_id behind one that is a student's own, which allows read alone. Made "
        "by `reviewstream token`. Unset: nobody.",
    )
    web_rate_per_s: Annotated[float, Field(gt=0, le=100_000)] = Field(
        50, description="Requests a second that one token may make of one process, twice as many in a burst."
    )
    web_public_url: str | None = Field(
        None,
        description="Where browsers reach `reviewstream web`, as https://reviews.example.org. The webhook then carries "
        "a link to each review's page. Unset: it carries none.",
    )
    web_secret: SecretStr | None = Field(
        None,
        description="Signs links to pages and sessions, 32 characters at least, the same for workers and web; needed "
        "with WEB_PUBLIC_URL. Unset: sessions end with the process.",
    )
    web_link_days: Annotated[int, Field(ge=1, le=3650)] = Field(
        90, description="Days that a link to a review's page works."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="DEBUG, INFO, WARNING or ERROR."
    )
    log_format: Literal["auto", "json", "console"] = Field(
        "auto", description="json, console, or auto: console on a terminal, json elsewhere."
    )
    otel_traces: bool = Field(
        False, description="Whether traces go to OTEL_EXPORTER_OTLP_ENDPOINT, or to a collector on this machine."
    )
    otel_exporter_otlp_endpoint: SecretUrl | None = Field(
        None,
        description="Where traces go by OTLP over HTTP, as http://127.0.0.1:4318; set, it switches them on. Needs the "
        "extra `tracing`.",
    )
    max_in_flight: Annotated[int, Field(ge=1, le=10_000)] = Field(
        64, description="Events that each agent works on at the same time; no two of one student's."
    )
    regenerate_on_rewind: bool = Field(
        False,
        description="Whether what a group that is set back reads again is asked about anew; the stored reviews stay.",
    )
    lane_buffer: Annotated[int, Field(ge=1, le=100_000)] = Field(
        256, description="Events that each agent holds in memory; then it stops fetching."
    )
    drain_grace_s: Seconds = Field(5, description="Seconds for events in flight on a stop or a rebalance.")
    poison_after_s: Seconds = Field(
        3600, description="Seconds that one event may keep failing while others succeed; then it is refused."
    )
    stall_after_s: Seconds = Field(
        60,
        description="Seconds in which a partition with lag finishes nothing, its dependencies healthy, before the "
        "worker names it.",
    )
    refused_share_max: Annotated[float, Field(gt=0, le=1)] = Field(
        0.5, description="Share of a stage's recent events that may be refused; beyond, the worker stops. 1 never does."
    )
    refused_window: Count = Field(200, description="Recent events of each stage that REFUSED_SHARE_MAX is a share of.")
    refused_min: Count = Field(50, description="Events of a stage before REFUSED_SHARE_MAX counts.")
    submission_chars_max: Annotated[int, Field(ge=KIB)] = Field(
        2 * MIB, description="Characters of a submission's text, cleaned; record and request sizes follow from it."
    )
    archive_bytes_max: Annotated[int, Field(ge=KIB)] = Field(64 * MIB, description="Bytes of one packed archive.")
    history_depth: Annotated[int, Field(ge=1, le=100)] = Field(
        3, description="Submissions, and reviews, remembered per student and assignment."
    )
    analysis_workers: Annotated[int, Field(ge=1, le=64)] = Field(2, description="Processes that compare submissions.")
    analysis_timeout_s: Seconds = Field(
        60, description="Seconds for one comparison; then it falls back to comparing lines."
    )
    submitted_at_future_max_s: Annotated[float, Field(ge=0)] = Field(
        86_400, description="Seconds that a submission's time may lie ahead of this machine's clock."
    )

    def limits(self) -> Limits:
        """The core's limits, with those that an operator can set."""
        limits = Limits()
        return replace(
            limits,
            sources=replace(
                limits.sources,
                text_chars_max=self.submission_chars_max,
                archive_bytes_max=self.archive_bytes_max,
            ),
            diff=replace(
                limits.diff,
                analysis_timeout_s=self.analysis_timeout_s,
                analysis_workers=self.analysis_workers,
            ),
            prompt=replace(
                limits.prompt,
                prompt_tokens_max=self.llm_prompt_tokens_max,
                answer_tokens_max=self.llm_answer_tokens_max,
            ),
            history=replace(limits.history, depth=self.history_depth),
            refusals=RefusalLimits(
                share_max=self.refused_share_max, window=self.refused_window, events_min=self.refused_min
            ),
        )

    def sizes(self) -> Sizes:
        """Topics' `max.message.bytes`, the tables' entries and the clients' request sizes, in bytes."""
        return Sizes(self.limits())

    def event_attributes(self) -> EventAttributes:
        """The CloudEvents attributes of what this installation produces."""
        return EventAttributes(self.kafka_group_id, is_on=self.cloudevents)

    def secrets(self) -> tuple[str, ...]:
        """Every secret value, for the log to mask: passwords, keys, passwords within URLs, the webhook's path."""
        found: list[str] = []
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, WebhookUrl):
                parts = urlsplit(value.get_secret_value())
                found.append(urlunsplit(("", "", parts.path, parts.query, "")).removesuffix("/"))
                found += [part for part in parts.path.split("/") if len(part) >= _TOKEN_CHARS_MIN]
                found += secrets_of(value.get_secret_value())
            elif isinstance(value, SecretUrl):
                found += secrets_of(value.get_secret_value())
            elif isinstance(value, SecretStr):
                found.append(value.get_secret_value())
        return tuple(secret for secret in found if secret)

    @property
    def bootstrap_servers(self) -> tuple[str, ...]:
        """The brokers to start from, each as `host:port`."""
        return tuple(self.kafka_bootstrap_servers.split(","))

    @property
    def fallback_models(self) -> tuple[str, ...]:
        """The models to ask while `llm_model` is out, in their order."""
        return tuple(_parts(self.llm_fallback_models or ""))

    @property
    def prices(self) -> Prices:
        """What the models cost."""
        return Prices(self.llm_currency, read_prices(self.llm_prices) if self.llm_prices else {})

    @property
    def budgets(self) -> Budgets:
        """What may be spent in a day."""
        return Budgets(self.llm_budget_day, self.llm_budget_student_day, self.llm_currency)

    @property
    def access(self) -> AccessTable:
        """Who may use the HTTP API."""
        return AccessTable(read_tokens(self.web_tokens.get_secret_value()) if self.web_tokens else ())

    @property
    def unpriced_models(self) -> tuple[str, ...]:
        """The models whose reviews cannot tell what they cost."""
        models = (self.llm_model, *self.fallback_models) if self.llm_model is not None else ()
        return tuple(model for model in models if self.prices.find(model) is None)

    @property
    def llm_configured(self) -> bool:
        """Whether a language model reviews; rules do where none is configured."""
        return self.llm_model is not None

    @model_validator(mode="before")
    @classmethod
    def _drop_blanks(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Strip every value and forget blank ones, which count as unset."""
        stripped = {name: v.strip() if isinstance(v, str) else v for name, v in values.items()}
        return {name: v for name, v in stripped.items() if v != ""}

    @field_validator("*", mode="before")
    @classmethod
    def _forbid_control_characters(cls, value: Any) -> Any:
        """Headers, topic names and log lines are made of these values."""
        if isinstance(value, str) and _CONTROL.search(value):
            raise ValueError("a value without control characters or line breaks")
        return value

    @field_validator("kafka_security_protocol", "kafka_sasl_mechanism", "log_level", mode="wrap")
    @classmethod
    def _ignore_case(cls, value: Any, check: ValidatorFunctionWrapHandler) -> Any:
        """Small letters will do; a refusal shows the value as it was set."""
        if isinstance(value, str):
            with suppress(ValidationError):
                return check(value.upper())
        return check(value)

    @field_validator("kafka_bootstrap_servers")
    @classmethod
    def _check_brokers(cls, value: str) -> str:
        brokers = [broker.strip() for broker in value.split(",")]
        if not all(_is_host_and_port(broker) for broker in brokers):
            raise ValueError("host:port, or several with commas between them, without kafka://")
        return ",".join(brokers)

    @field_validator("kafka_sasl_mechanism", "kafka_sasl_username", "kafka_sasl_password")
    @classmethod
    def _demand_sasl_complete(cls, value: Any, info: ValidationInfo) -> Any:
        protocol = info.data.get("kafka_security_protocol")
        if protocol is None:  # wrong itself, and reported
            return value
        if value is None and protocol.startswith("SASL_"):
            raise ValueError(f"a value, because KAFKA_SECURITY_PROTOCOL is {protocol}")
        if value is not None and not protocol.startswith("SASL_"):
            raise ValueError(f"KAFKA_SECURITY_PROTOCOL to be SASL_SSL or SASL_PLAINTEXT, not {protocol}")
        return value

    @field_validator("kafka_ssl_cafile", "kafka_ssl_certfile", "kafka_ssl_keyfile")
    @classmethod
    def _demand_ssl(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        protocol = info.data.get("kafka_security_protocol")
        if value is not None and protocol is not None and not protocol.endswith("SSL"):
            raise ValueError(f"KAFKA_SECURITY_PROTOCOL to be SSL or SASL_SSL, not {protocol}")
        if value is not None and info.field_name == "kafka_ssl_keyfile" and info.data.get("kafka_ssl_certfile") is None:
            raise ValueError("KAFKA_SSL_CERTFILE beside it")
        return value

    @field_validator("kafka_heartbeat_interval_s")
    @classmethod
    def _keep_heartbeats_frequent(cls, value: float, info: ValidationInfo) -> float:
        session_s = info.data.get("kafka_session_timeout_s")
        if session_s is not None and value * 3 > session_s:
            raise ValueError(f"at most a third of KAFKA_SESSION_TIMEOUT_S, which is {session_s:g}")
        return value

    @field_validator("topic_comparisons", "topic_reviews", "topic_dead_letters", "topic_decisions")
    @classmethod
    def _keep_topics_apart(cls, value: str, info: ValidationInfo) -> str:
        for name, other in info.data.items():
            if name.startswith("topic_") and other == value:
                raise ValueError(f"another name than {name.upper()}")
        return value

    @field_validator(
        "submissions_retention_days", "comparisons_retention_days", "reviews_retention_days",
        "dead_letters_retention_days",
    )  # fmt: skip
    @classmethod
    def _forbid_no_retention(cls, value: int) -> int:
        if value == 0:
            raise ValueError("a number of days, or -1 for ever")
        return value

    @field_validator("mongodb_url")
    @classmethod
    def _check_mongodb_url(cls, value: SecretUrl) -> SecretUrl:
        problem = mongo_url_problem(value.get_secret_value())
        if problem is not None:
            raise ValueError(problem)
        return value

    @field_validator("web_public_url")
    @classmethod
    def _check_public_url(cls, value: str | None) -> str | None:
        if value is not None and (not is_http_url(value) or secrets_of(value) or set("?#") & set(value)):
            raise ValueError("a URL that starts with http:// or https://, without a password, ? or #")
        return value

    @field_validator("web_secret")
    @classmethod
    def _demand_long_secret(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        """Whoever holds one link can try secrets against its signature, as fast as machines go."""
        if value is None and info.data.get("web_public_url") is not None:
            raise ValueError("a secret, because WEB_PUBLIC_URL is set")
        if value is not None and len(value.get_secret_value()) < SECRET_CHARS_MIN:
            raise ValueError(f"{SECRET_CHARS_MIN} characters at least, drawn by chance: `openssl rand -base64 32`")
        return value

    @field_validator("llm_base_url", "external_api_url", "webhook_url", "otel_exporter_otlp_endpoint")
    @classmethod
    def _check_http_url(cls, value: Secret[str] | None) -> Secret[str] | None:
        if value is not None and not is_http_url(value.get_secret_value()):
            raise ValueError("a URL that starts with http:// or https:// and names a host")
        return value

    @field_validator("llm_model")
    @classmethod
    def _match_model_and_endpoint(cls, value: str | None, info: ValidationInfo) -> str | None:
        names = [name for name in LLM_CHOOSERS if name != info.field_name]
        if not set(names) <= info.data.keys():
            return value
        given = [name.upper() for name in names if info.data[name] is not None]
        if value is None and given:
            raise ValueError(f"the name of a model, because {given[0]} is set")
        if value is not None and not given:
            raise ValueError("OPENAI_API_KEY or LLM_BASE_URL beside it")
        return value

    @field_validator("llm_fallback_models")
    @classmethod
    def _check_fallback_models(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None or "llm_model" not in info.data:
            return value
        first = info.data["llm_model"]
        if first is None:
            raise ValueError("LLM_MODEL beside it: the first to be asked")
        names = [first, *_parts(value)]
        if len(set(names)) < len(names):
            raise ValueError(f"names with commas between them, each once, and not {first}, which is LLM_MODEL")
        return value

    @field_validator("llm_prices")
    @classmethod
    def _check_prices(cls, value: str | None) -> str | None:
        if value is not None:
            read_prices(value)
        return value

    @field_validator("web_tokens")
    @classmethod
    def _check_tokens(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            read_tokens(value.get_secret_value())
        return value

    @field_validator("llm_budget_day", "llm_budget_student_day")
    @classmethod
    def _demand_prices(cls, value: Decimal | None, info: ValidationInfo) -> Decimal | None:
        """Without a price no sum would ever reach the budget, which nobody would notice before the bill."""
        if value is None or not {"llm_model", "llm_fallback_models", "llm_prices"} <= info.data.keys():
            return value
        prices = read_prices(info.data["llm_prices"]) if info.data["llm_prices"] else {}
        models = [info.data["llm_model"], *_parts(info.data["llm_fallback_models"] or "")]
        for model in models:
            if model is not None and model not in prices:
                raise ValueError(f"a price of {model} in LLM_PRICES: {model}=prompt/completion for a million tokens")
        return value

    @field_validator("llm_api_key_file", "llm_api_key_command")
    @classmethod
    def _keep_to_one_key(cls, value: Path | SecretStr | None, info: ValidationInfo) -> Path | SecretStr | None:
        others = [n for n in ("openai_api_key", "llm_api_key_file") if n != info.field_name and info.data.get(n)]
        if value is not None and others:
            raise ValueError(f"{others[0].upper()} to be unset: one of them gives the key")
        if isinstance(value, SecretStr) and not _is_command(value.get_secret_value()):
            raise ValueError("a program and its arguments, quotes closed")
        return value

    @field_validator("webhook_secret")
    @classmethod
    def _demand_signature(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if value is None and info.data.get("webhook_url") is not None:
            raise ValueError("a secret, because WEBHOOK_URL is set")
        return value

    @field_validator("refused_min")
    @classmethod
    def _let_the_window_fill(cls, value: int, info: ValidationInfo) -> int:
        window = info.data.get("refused_window")
        if window is not None and value > window:
            raise ValueError(f"at most REFUSED_WINDOW, which is {window}")
        return value

    @field_validator("drain_grace_s")
    @classmethod
    def _drain_within_rebalance(cls, value: float, info: ValidationInfo) -> float:
        rebalance_s = info.data.get("kafka_rebalance_timeout_s")
        if rebalance_s is not None and value >= rebalance_s:
            raise ValueError(f"less than KAFKA_REBALANCE_TIMEOUT_S, which is {rebalance_s:g}")
        return value

    @model_validator(mode="after")
    def _keep_requests_within_the_brokers_bound(self) -> Self:
        wanted = self.sizes().request_bytes_max
        if wanted > BROKER_REQUEST_BYTES_MAX:
            raise ValueError(
                f"SUBMISSION_CHARS_MAX and HISTORY_DEPTH: got {self.submission_chars_max} and {self.history_depth}, "
                f"wants less of either: a record could take {wanted} bytes, brokers accept {BROKER_REQUEST_BYTES_MAX}"
            )
        return self


def load_settings(env_file: str | Path | None = ".env", **overrides: Any) -> Settings:
    """Settings from `overrides` (by field name), else the environment, else `env_file`, else defaults.

    Raises `StartRefused`, its cause one line for each wrong variable: its name, what it got (secrets masked) and
    what it wants. A missing `.env` is none; any other file that is named must be there.
    """
    if env_file is not None and Path(env_file) != Path(".env") and not Path(env_file).is_file():
        raise StartRefused(f"{env_file}: no such file", "name a file of settings that exists")
    try:
        return Settings(_env_file=env_file, **overrides)
    except ValidationError as exc:
        wrong = [_describe(error) for error in exc.errors(include_url=False)]
        cure = "set the variables above in the environment or in .env; .env.example explains each"
        raise StartRefused("wrong settings:\n" + "\n".join(f"  {line}" for line in wrong), cure) from None
    except (OSError, UnicodeDecodeError) as exc:
        raise StartRefused(f"{env_file} cannot be read: {exc}", "make it a readable file in UTF-8") from exc


def misspelt_variables(env_file: str | Path = ".env") -> dict[str, str]:
    """Names in `env_file` that are no setting but close to one, with that one; other names are other programs'.

    Empty where there is no such file, or none that can be read, which `load_settings` says.
    """
    try:
        names = dotenv_values(env_file, encoding="utf-8", interpolate=False)
    except (OSError, UnicodeDecodeError):
        return {}
    ours = list(variables())
    close = {
        name: get_close_matches(name.upper(), ours, n=1, cutoff=_MISSPELT_RATIO_MIN)
        for name in names
        if name.upper() not in ours
    }
    return {name: matches[0] for name, matches in close.items() if matches}


def variables() -> dict[str, FieldInfo]:
    """Every variable's name, in order, with its field: default and description."""
    return {name.upper(): field for name, field in Settings.model_fields.items()}


def _describe(error: ErrorDetails) -> str:
    cause = error.get("ctx", {}).get("error")
    wants = str(cause) if isinstance(cause, ValueError) else error["msg"].removeprefix("Input should be ")
    if error["type"] == "path_not_file":
        wants = "the path of a file"
    if not error["loc"]:
        return wants
    name = str(error["loc"][0])
    return f"{name.upper()}: got {_show(Settings.model_fields[name], error['input'])}, wants {wants}"


def _show(field: FieldInfo, value: object) -> str:
    """A wrong value as a refusal shows it: one line, short, without secrets."""
    if value is None:
        return "nothing"
    kinds = [kind for kind in (field.annotation, *get_args(field.annotation)) if isinstance(kind, type)]
    if any(issubclass(kind, Secret | SecretStr) for kind in kinds) and SecretUrl not in kinds:
        return "a value that is not shown"
    if isinstance(value, str) and (SecretUrl in kinds or "://" in value or "@" in value):
        value = redact_url(value)
    shown = repr(value)
    return shown if len(shown) <= _GOT_CHARS_MAX else shown[:_GOT_CHARS_MAX] + "…'"


def _parts(text: str) -> list[str]:
    """What stands between commas."""
    return [part.strip() for part in text.split(",") if part.strip()]


def _is_command(text: str) -> bool:
    try:
        return bool(shlex.split(text))
    except ValueError:
        return False


def _is_host_and_port(broker: str) -> bool:
    match = re.fullmatch(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):([0-9]{1,5})", broker)
    return match is not None and 1 <= int(match[1]) <= 65535
