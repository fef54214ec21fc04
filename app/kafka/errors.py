"""What an error of aiokafka's means: to be waited out, this record's fault, or something only an operator can change.

By type, never by text. Whatever stands in no list here is waited out.
"""

from typing import Final

from aiokafka import errors as kafka

from schemas.errors import Dependency, Reason, Rejected, StartRefused, Unavailable

KAFKA_FAILURES: Final = (kafka.KafkaError, kafka.ConsumerStoppedError, kafka.IllegalOperation, OSError)
"""Everything that aiokafka raises for what happens outside of our code."""

CODECS_CURE: Final = "install cramjam, which aiokafka needs for it: `make setup`, or pip install -r requirements.lock"

_TOO_LARGE: Final = (kafka.MessageSizeTooLargeError, kafka.RecordListTooLargeError, kafka.RecordTooLargeError)

_PRODUCER_LOST: Final = (kafka.OutOfOrderSequenceNumber, kafka.ProducerFenced)
"""After these aiokafka's idempotent producer takes no record any more: only another one can go on."""

_CURES: Final[tuple[tuple[tuple[type[Exception], ...], str], ...]] = (
    (
        (
            kafka.TopicAuthorizationFailedError,
            kafka.ClusterAuthorizationFailedError,
            kafka.GroupAuthorizationFailedError,
        ),
        "grant this user Create, Describe, Read and Write on the topics, or create those in docs/configuration.md",
    ),
    (
        (
            kafka.SaslAuthenticationFailed,
            kafka.AuthenticationFailedError,
            kafka.AuthenticationMethodNotSupported,
            kafka.UnsupportedSaslMechanismError,
            kafka.IllegalSaslStateError,
            kafka.SecurityDisabled,
        ),
        "correct KAFKA_SECURITY_PROTOCOL, KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD",
    ),
    (
        (kafka.InvalidReplicationFactorError, kafka.InvalidReplicationAssignmentError),
        "set KAFKA_REPLICATION_FACTOR to the number of brokers at most",
    ),
    (
        (
            kafka.InvalidPartitionsError,
            kafka.InvalidTopicError,
            kafka.InvalidConfigurationError,
            kafka.PolicyViolationError,
            kafka.QuotaViolationError,
        ),
        "the cluster does not allow topics like this: correct the TOPIC_ settings, or ask whoever runs the cluster",
    ),
    (
        (
            kafka.UnsupportedVersionError,
            kafka.UnsupportedForMessageFormatError,
            kafka.IncompatibleBrokerVersion,
            kafka.UnrecognizedBrokerVersion,
        ),
        "use a newer Apache Kafka; 4.3 is what reviewstream is tested on",
    ),
    (
        (kafka.InvalidTimestampError,),
        "set this machine's clock, or the topic's message.timestamp.before.max.ms and message.timestamp.after.max.ms",
    ),
    ((kafka.UnsupportedCodecError,), CODECS_CURE),
)
"""What only an operator can change; every other error of Kafka's is waited out."""


def error_for_kafka(error: Exception, doing: str) -> StartRefused | Unavailable:
    """Translate an error of aiokafka's while `doing` something: refused with a cure, or to be waited out."""
    name = type(error).__name__
    for classes, cure in _CURES:
        if isinstance(error, classes):
            return StartRefused(f"Kafka refuses: {name} when {doing}", cure)
    return Unavailable(Dependency.KAFKA, f"{name} when {doing}")


def error_for_send(error: Exception, topic: str, size: int) -> Rejected | StartRefused | Unavailable:
    """Translate an error of aiokafka's when a record of `size` bytes was sent to `topic`.

    `Rejected(record_too_large)` where this record is at fault and no other would be. `StartRefused` where no record
    can be sent until somebody changes something: waiting would hide it, and refusing would lose good work.
    """
    if isinstance(error, _TOO_LARGE):
        return Rejected(Reason.RECORD_TOO_LARGE, f"a record of {size} bytes does not fit topic {topic}")
    if isinstance(error, _PRODUCER_LOST):
        return producer_lost(error, topic)
    return error_for_kafka(error, f"producing to {topic}")


def producer_lost(error: BaseException, topic: str) -> StartRefused:
    """What to say where this producer can send nothing any more, to `topic` or anywhere."""
    return StartRefused(
        f"Kafka's producer cannot go on: {type(error).__name__} when producing to {topic}",
        "start the worker again: what was not acknowledged is sent anew, nothing is lost",
    )
