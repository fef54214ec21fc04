"""What all Kafka clients of ours share: how they authenticate, and how a consumer is stopped."""

import asyncio
import ssl
from typing import Any

from aiokafka import AIOKafkaConsumer

from app.config import Settings


def client_auth(settings: Settings) -> dict[str, Any]:
    """Keyword arguments for aiokafka's clients: security protocol, SASL, TLS context."""
    arguments: dict[str, Any] = {"security_protocol": settings.kafka_security_protocol}
    if settings.kafka_security_protocol.endswith("SSL"):
        context = ssl.create_default_context(
            cafile=str(settings.kafka_ssl_cafile) if settings.kafka_ssl_cafile else None
        )
        if settings.kafka_ssl_certfile is not None:
            context.load_cert_chain(settings.kafka_ssl_certfile, settings.kafka_ssl_keyfile)
        arguments["ssl_context"] = context
    if settings.kafka_security_protocol.startswith("SASL_"):
        arguments["sasl_mechanism"] = settings.kafka_sasl_mechanism
        arguments["sasl_plain_username"] = settings.kafka_sasl_username
        if settings.kafka_sasl_password is not None:
            arguments["sasl_plain_password"] = settings.kafka_sasl_password.get_secret_value()
    return arguments


async def stop_consumer(consumer: AIOKafkaConsumer) -> None:
    """Stop `consumer`, also one whose broker has just been away.

    aiokafka cancels a fetch that waits to be tried again and lets that cancellation pass for the caller's own; the
    connections then stay open.
    """
    task = asyncio.current_task()
    cancelling = task.cancelling() if task is not None else 0
    try:
        await consumer.stop()
    except asyncio.CancelledError:
        if task is not None and task.cancelling() > cancelling:
            raise
        await consumer._client.close()  # noqa: SLF001 - what `stop` would have done next
