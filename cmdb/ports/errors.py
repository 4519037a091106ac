"""What any store may refuse or fail with, the same in every adapter."""

from __future__ import annotations

from collections.abc import Sequence

from cmdb.errors import Family, ForeshockError


class VersionConflict(ForeshockError):
    """A document is not at the version the writer has seen; version 0 means that there is none."""

    code = "store.version_conflict"
    sentence = "{kind} {key} is at version {actual}, not at {expected}: it was changed meanwhile; read it again"
    family = Family.STALE

    def __init__(self, *, kind: str, key: str, expected: int, actual: int) -> None:
        super().__init__(kind=kind, key=key, expected=expected, actual=actual)


class WrittenMeanwhile(ForeshockError):
    """Documents of a kind the batch was judged by have been written since; judge and write again."""

    code = "store.written_meanwhile"
    sentence = "{kind} was written at revision {revision}, after revision {since} that this rests on; try again"
    family = Family.STALE

    def __init__(self, *, kind: str, since: int, revision: int) -> None:
        super().__init__(kind=kind, since=since, revision=revision)


class UniqueViolation(ForeshockError):
    """A value that must be unique is held by another document."""

    code = "store.unique_violation"
    sentence = "{claim} belongs to {holder} already"
    family = Family.BAD_INPUT

    def __init__(self, *, claim: str, holder: str) -> None:
        super().__init__(claim=claim, holder=holder)


class MissingEndpoint(ForeshockError):
    """Relations or groups would be left without one of their ends; every one found is named, up to a stated number."""

    code = "store.missing_endpoint"
    sentence = "{count} end(s) are missing: {named}"
    family = Family.BAD_INPUT

    def __init__(self, *, ends: Sequence[tuple[str, str, str]], count: int) -> None:
        """``ends`` are (kind, key, missing id); ``count`` counts all, also those beyond the ones given."""
        named = "; ".join(f"{missing} of {kind} {key}" for kind, key, missing in ends)
        super().__init__(ends=tuple(ends), count=count, named=named)


class RepeatedKey(ForeshockError):
    """A batch names one document twice."""

    code = "store.repeated_key"
    sentence = "the batch names {kind} {key} twice"
    family = Family.BAD_INPUT

    def __init__(self, *, kind: str, key: str) -> None:
        super().__init__(kind=kind, key=key)


class KeyChanged(ForeshockError):
    """A patch would change what the key of a document is made of."""

    code = "store.key_changed"
    sentence = "a patch can not turn {kind} {key} into {became}"
    family = Family.BAD_INPUT

    def __init__(self, *, kind: str, key: str, became: str) -> None:
        super().__init__(kind=kind, key=key, became=became)


class TransactionReused(ForeshockError):
    """Another batch was applied under this transaction id."""

    code = "store.transaction_reused"
    sentence = "transaction id {txn_id} belongs to another batch, applied at revision {revision}"
    family = Family.BAD_INPUT

    def __init__(self, *, txn_id: str, revision: int) -> None:
        super().__init__(txn_id=txn_id, revision=revision)


class Fenced(ForeshockError):
    """The writer has lost the lease it writes under."""

    code = "store.fenced"
    sentence = "the lease {name} is no longer held with token {token}"
    family = Family.STALE

    def __init__(self, *, name: str, token: int) -> None:
        super().__init__(name=name, token=token)


class StoreBusy(ForeshockError):
    """Another writer held the store for too long; nothing happened, try again."""

    code = "store.busy"
    sentence = "the store was busy for {seconds} s; nothing was written, try again"
    family = Family.RETRY

    def __init__(self, *, seconds: float) -> None:
        super().__init__(seconds=seconds)


class StoreUnavailable(ForeshockError):
    """The store can not be reached or read; nothing happened."""

    code = "store.unavailable"
    sentence = "the store {store} can not be used: {cause}"
    family = Family.RETRY

    def __init__(self, *, store: str, cause: str) -> None:
        super().__init__(store=store, cause=cause)


class StoreRefused(StoreUnavailable):
    """The store is there and can not be used as it is asked: waiting mends nothing."""

    code = "store.refused"
    family = Family.FAILURE


class StoreDamaged(StoreUnavailable):
    """What lies on the disk can not be read any more; trying again does not help, a backup does."""

    code = "store.damaged"
    sentence = "the store {store} is damaged: {cause}"
    family = Family.FAILURE


class NotAStore(ForeshockError):
    """The address names something that is there but is no store of ours."""

    code = "store.not_a_store"
    sentence = "{store} is not a Foreshock store: {cause}"
    family = Family.BAD_INPUT

    def __init__(self, *, store: str, cause: str) -> None:
        super().__init__(store=store, cause=cause)


class StoreFull(ForeshockError):
    """No space is left where the store lives; nothing was written."""

    code = "store.full"
    sentence = "no space is left for {store}; nothing was written"

    def __init__(self, *, store: str) -> None:
        super().__init__(store=store)


class OutcomeUnknown(ForeshockError):
    """The answer to a write was lost; writing again with the same transaction id is safe."""

    code = "store.outcome_unknown"
    sentence = "it is unknown whether {txn_id} was written; try again with the same transaction id"
    family = Family.RETRY

    def __init__(self, *, txn_id: str) -> None:
        super().__init__(txn_id=txn_id)


class SchemaTooNew(ForeshockError):
    """A later programme wrote the store."""

    code = "store.schema_too_new"
    sentence = "the store has schema {found}, this programme knows up to {known}: use a newer Foreshock"
    family = Family.BAD_INPUT

    def __init__(self, *, found: int, known: int) -> None:
        super().__init__(found=found, known=known)


class HistoryGone(ForeshockError):
    """The log no longer reaches back that far."""

    code = "store.history_gone"
    sentence = "revision {revision} is no longer kept; the oldest is {oldest}"
    family = Family.NOT_FOUND

    def __init__(self, *, revision: int, oldest: int) -> None:
        super().__init__(revision=revision, oldest=oldest)


class NotSound(ForeshockError):
    """The log was altered or damaged; what rests on it must not go on."""

    code = "store.not_sound"
    sentence = "the store does not verify ({count} finding(s), first: {first}); run foreshock check"

    def __init__(self, *, count: int, first: str) -> None:
        super().__init__(count=count, first=first)


class Incomplete(ForeshockError):
    """A copy into this store was interrupted."""

    code = "store.incomplete"
    sentence = (
        "{store} is not whole: what was to fill it was interrupted at revision {revision}; do the same again to go on"
    )
    family = Family.REFUSED

    def __init__(self, *, store: str, revision: int) -> None:
        super().__init__(store=store, revision=revision)


class NotAContinuation(ForeshockError):
    """A store that is to be copied into holds another history."""

    code = "store.not_a_continuation"
    sentence = "{store} holds another history up to revision {revision}; copy into an empty store"
    family = Family.BAD_INPUT

    def __init__(self, *, store: str, revision: int) -> None:
        super().__init__(store=store, revision=revision)


class TargetExists(ForeshockError):
    """A backup or a restored store would overwrite something."""

    code = "store.target_exists"
    sentence = "{target} is there already and is not overwritten"
    family = Family.BAD_INPUT

    def __init__(self, *, target: str) -> None:
        super().__init__(target=target)
