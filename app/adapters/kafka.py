"""How every Kafka client of ours authenticates: one translation of the settings into aiokafka's arguments."""

import ssl
from typing import Any

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
