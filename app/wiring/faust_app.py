"""The Faust app with the settings that promises depend on."""

import ssl
from typing import Any

import faust

from app.adapters.kafka.clients import client_auth
from app.config import Settings
from app.core.telemetry import UNTOLD, Telemetry
from app.stream.faust.app import ReviewApp

POLL_INTERVAL_MAX_S = 7 * 24 * 60 * 60.0
"""An outage may hold the intake for days; the group must not take the member for dead because it does not poll.
That it lives is told by its heartbeats, and that an event is stuck by `POISON_AFTER_S`."""
STREAM_BUFFER_MAX = 16
"""Events between Faust's consumer and the intake: the lanes hold the real buffer."""
POLL_RECORDS_MAX = 32
"""Records of one fetch: bounds memory where each may have megabytes."""
COMMIT_INTERVAL_S = 1.0
"""What a crash makes us look at again, in seconds of finished work."""


def new_app(settings: Settings, telemetry: Telemetry = UNTOLD) -> ReviewApp:
    """The Faust app with every setting that promises depend on."""
    sizes = settings.sizes()
    auth = client_auth(settings)
    return ReviewApp(
        settings.kafka_group_id,
        drain_grace_s=settings.drain_grace_s,
        telemetry=telemetry,
        idempotent_producer=settings.kafka_idempotent_producer,
        broker=[f"kafka://{server}" for server in settings.bootstrap_servers],
        broker_credentials=_credentials(settings, auth.get("ssl_context")),
        broker_session_timeout=settings.kafka_session_timeout_s,
        broker_heartbeat_interval=settings.kafka_heartbeat_interval_s,
        broker_rebalance_timeout=settings.kafka_rebalance_timeout_s,
        broker_request_timeout=max(30.0, settings.kafka_session_timeout_s + 5),
        broker_max_poll_interval=POLL_INTERVAL_MAX_S,
        broker_max_poll_records=POLL_RECORDS_MAX,
        broker_commit_interval=COMMIT_INTERVAL_S,
        consumer_max_fetch_size=sizes.fetch_bytes_max,
        consumer_auto_offset_reset="earliest",
        producer_acks=-1,
        producer_compression_type="gzip",
        producer_max_request_size=sizes.request_bytes_max,
        producer_linger_ms=0,
        stream_buffer_maxsize=STREAM_BUFFER_MAX,
        stream_wait_empty=False,
        topic_partitions=settings.topic_partitions,
        topic_replication_factor=settings.kafka_replication_factor,
        topic_disable_leader=True,
        table_standby_replicas=0,  # Faust's default of one has each worker read the others' changelogs
        store="memory://" if settings.table_store == "memory" else "rocksdb://",
        datadir=settings.data_dir,
        key_serializer="raw",
        value_serializer="raw",
        web_bind=settings.web_host,
        web_host=settings.web_host,
        web_port=settings.web_port,
        # Faust's own pages would show the tables, and so what students are told, to whoever reads the metrics.
        web_router_enabled=False,
        web_tables_enabled=False,
        autodiscover=False,
    )


def _credentials(settings: Settings, context: ssl.SSLContext | None) -> Any:
    if settings.kafka_sasl_mechanism is not None:
        return faust.SASLCredentials(
            username=settings.kafka_sasl_username,
            password=settings.kafka_sasl_password.get_secret_value() if settings.kafka_sasl_password else None,
            mechanism=settings.kafka_sasl_mechanism,
            ssl_context=context,
        )
    return faust.SSLCredentials(context) if context is not None else None
