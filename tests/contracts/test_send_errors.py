"""Every exception class of aiokafka is sorted where records are sent: outputs, changelogs and dead letters."""

import asyncio
import inspect
from types import SimpleNamespace
from typing import Any

import aiokafka.errors
import faust
import pytest

from app.backoff import Backoff
from app.core.events.event_attributes import EventAttributes
from app.kafka.errors import error_for_send
from app.stream.faust import sends
from app.stream.faust.dead_letters import DeadLetterProducer
from schemas.errors import Reason, Rejected, StartRefused
from tests.builders.dead_letters import a_dead_letter

RECORD_IS_AT_FAULT = {"MessageSizeTooLargeError", "RecordListTooLargeError", "RecordTooLargeError"}
OPERATOR_IS_ASKED = {
    "AuthenticationFailedError", "AuthenticationMethodNotSupported", "ClusterAuthorizationFailedError",
    "GroupAuthorizationFailedError", "IllegalSaslStateError", "IncompatibleBrokerVersion",
    "InvalidConfigurationError", "InvalidPartitionsError", "InvalidReplicationAssignmentError",
    "InvalidReplicationFactorError", "InvalidTimestampError", "InvalidTopicError", "OutOfOrderSequenceNumber",
    "PolicyViolationError", "ProducerFenced", "QuotaViolationError", "SaslAuthenticationFailed", "SecurityDisabled",
    "TopicAuthorizationFailedError", "UnrecognizedBrokerVersion", "UnsupportedCodecError",
    "UnsupportedForMessageFormatError", "UnsupportedSaslMechanismError", "UnsupportedVersionError",
}  # fmt: skip
WAITED_OUT = {
    "BrokerNotAvailableError", "BrokerResponseError", "Cancelled", "CommitFailedError", "ConcurrentTransactions",
    "ConsumerStoppedError", "CoordinatorLoadInProgressError", "CoordinatorNotAvailableError", "CorrelationIdError",
    "CorruptRecordException", "DelegationTokenAuthDisabled", "DelegationTokenAuthorizationFailed",
    "DelegationTokenExpired", "DelegationTokenNotFound", "DelegationTokenOwnerMismatch",
    "DelegationTokenRequestNotAllowed", "DuplicateSequenceNumber", "FetchSessionIdNotFound",
    "GroupCoordinatorNotAvailableError", "GroupIdNotFound", "GroupLoadInProgressError", "IllegalArgumentError",
    "IllegalGenerationError", "IllegalOperation", "IllegalStateError", "InconsistentGroupProtocolError",
    "InvalidCommitOffsetSizeError", "InvalidFetchRequestError", "InvalidFetchSessionEpoch", "InvalidGroupIdError",
    "InvalidMessageError", "InvalidPrincipalType", "InvalidProducerEpoch", "InvalidProducerIdMapping",
    "InvalidRequestError", "InvalidRequiredAcksError", "InvalidSessionTimeoutError", "InvalidTransactionTimeout",
    "InvalidTxnState", "KafkaConfigurationError", "KafkaConnectionError", "KafkaError", "KafkaProtocolError",
    "KafkaStorageError", "KafkaTimeoutError", "KafkaUnavailableError", "LeaderNotAvailableError", "ListenerNotFound",
    "LogDirNotFound", "MemberIdRequired", "MetadataEmptyBrokerList", "NoBrokersAvailable", "NoError",
    "NoOffsetForPartitionError", "NodeNotReadyError", "NonEmptyGroup", "NotControllerError",
    "NotCoordinatorError", "NotCoordinatorForGroupError", "NotEnoughReplicasAfterAppendError",
    "NotEnoughReplicasError", "NotLeaderForPartitionError", "OffsetMetadataTooLargeError", "OffsetOutOfRangeError",
    "OperationNotAttempted", "ProducerClosed", "ReassignmentInProgress", "RebalanceInProgressError",
    "ReplicaNotAvailableError", "RequestTimedOutError", "StaleControllerEpochError", "StaleLeaderEpochCodeError",
    "StaleMetadata", "TooManyInFlightRequests", "TopicAlreadyExistsError", "TransactionCoordinatorFenced",
    "TransactionalIdAuthorizationFailed", "UnknownError", "UnknownMemberIdError", "UnknownProducerId",
    "UnknownTopicOrPartitionError",
}  # fmt: skip

CLASSES = sorted(
    {
        cls
        for _, cls in inspect.getmembers(aiokafka.errors, inspect.isclass)
        if issubclass(cls, Exception) and cls.__module__.startswith("aiokafka")
    },
    key=lambda cls: cls.__name__,
)
LETTER = a_dead_letter(value=b"value")


class Producer:
    """Fails once with `error`, in the place where aiokafka does, then acknowledges."""

    def __init__(self, error: Exception, *, when_sending: bool) -> None:
        self._error: Exception | None = error
        self._when_sending = when_sending
        self.sent: list[bytes | None] = []

    async def send(self, topic: str, key: bytes, value: bytes | None, *_: Any) -> Any:
        error, self._error = self._error, None
        if error is not None and self._when_sending:
            raise faust.exceptions.ProducerSendError("wrapped by Faust") from error
        acknowledged: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        if error is not None:
            acknowledged.set_exception(error)
        else:
            self.sent.append(value)
            acknowledged.set_result("metadata")
        return acknowledged


def an_error(cls: type[Exception]) -> Exception:
    return cls.__new__(cls, "private")


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sends, "BACKOFF", Backoff(first_s=0, max_s=0))


@pytest.mark.parametrize("when_sending", [False, True], ids=["acknowledged", "enqueued"])
@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
async def test_every_kafka_exception_is_sorted_at_sends(cls: type[Exception], when_sending: bool) -> None:
    """The record's fault is a refusal, the operator's ends the worker with a cure, all else is waited out."""
    name = cls.__name__
    sets = [RECORD_IS_AT_FAULT, OPERATOR_IS_ASKED, WAITED_OUT]
    assert sum(name in named for named in sets) == 1, f"{name} is new: decide what it means"
    producer = Producer(an_error(cls), when_sending=when_sending)
    app: Any = SimpleNamespace(producer=producer)
    sending: Any = sends.send_confirmed(app, "reviews", key=b"k", value=b"v")
    if name in WAITED_OUT:
        assert await sending == "metadata"
        assert producer.sent == [b"v"]
        return
    with pytest.raises(Rejected if name in RECORD_IS_AT_FAULT else StartRefused) as caught:
        await sending
    assert "private" not in str(caught.value)
    if isinstance(caught.value, Rejected):
        assert caught.value.reason is Reason.RECORD_TOO_LARGE
    assert producer.sent == []


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
async def test_every_kafka_exception_is_sorted_at_dead_letters(cls: type[Exception]) -> None:
    """A letter that is too large goes without its value; an operator's matter is raised; an outage is waited out."""
    producer = Producer(an_error(cls), when_sending=False)
    app: Any = SimpleNamespace(producer=producer)
    sink = DeadLetterProducer(app, "dead-letters", EventAttributes("group", is_on=False))
    if cls.__name__ in OPERATOR_IS_ASKED:
        with pytest.raises(StartRefused):
            await sink(LETTER)
        assert producer.sent == []
        return
    await sink(LETTER)
    assert producer.sent == [None if cls.__name__ in RECORD_IS_AT_FAULT else b"value"]


def test_a_topic_that_the_cluster_does_not_allow_is_no_large_record() -> None:
    """`InvalidTopicError` names the topic and the settings, and blames no record's size."""
    ours = error_for_send(aiokafka.errors.InvalidTopicError(), "reviews!", 10)
    assert isinstance(ours, StartRefused)
    assert "InvalidTopicError when producing to reviews!" in ours.cause
    assert "TOPIC_ settings" in ours.cure
