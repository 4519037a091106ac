"""
The desk of calls from outside: something that changed asks for a source to be looked at, and proves that it may.

A call is signed with a secret that the source names by reference. The signature covers the moment, so an old call
proves nothing, and each counts once. However many calls come, one run waits at a time and none begins sooner than
:data:`APART` seconds after the one before.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import time
from datetime import UTC, datetime, timedelta

from cmdb import jobs
from cmdb.beginning import HOOK
from cmdb.context import Context
from cmdb.errors import Family, ForeshockError, InvalidInput
from cmdb.model.run import Run, RunState, Said, run_id
from cmdb.model.source import SOURCES
from cmdb.ports.outside import Secrets
from cmdb.records import Held, from_document
from cmdb.roles import Actor, Role
from discovery.run import SourceOff, job_name

AROUND = 300
"""Seconds by which the clocks of caller and server may differ."""
APART = 30.0
MOST = 120
"""Calls for one source in a minute."""
_PATIENCE = 5.0
_REMEMBERED = 2.0 * AROUND + 60
_SLOT = "hook-{:09}"
_UNKNOWN = "its signature is wrong, or no such call is expected"
"""In one sentence, so that nobody finds out which sources there are."""


class HookRefused(ForeshockError):
    """The call does not prove that it may ask for a run; which sources there are it is not told."""

    code = "hook.refused"
    sentence = "the call is refused: {reason}"
    family = Family.NOT_ALLOWED

    def __init__(self, *, reason: str) -> None:
        super().__init__(reason=reason)


class HookRepeated(ForeshockError):
    """This very call has come before."""

    code = "hook.repeated"
    sentence = "this call was heard before; each is to be signed anew"
    family = Family.REFUSED


class HookTooOften(ForeshockError):
    """More calls came for the source than anybody needs."""

    code = "hook.too_often"
    sentence = "{source} was called more than {most} times in a minute"
    family = Family.RETRY

    def __init__(self, *, source: str, most: int) -> None:
        super().__init__(source=source, most=most)


def signature_of(secret: str, source: str, timestamp: str, body: bytes) -> str:
    """
    Return the signature of a call: HMAC-SHA256 over ``TIMESTAMP.SOURCE.BODY``, in hexadecimal.

    >>> signature_of("only-for-tests", "dc1", "1772452800", b"{}")[:16]
    'f4dc85a594daf136'
    """
    content = f"{timestamp}.{source}.".encode() + body
    return hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()


def called(
    context: Context, secrets: Secrets, source: str, *, timestamp: str, signature: str, body: bytes
) -> Held[Run]:
    """
    Return the run that a call from outside asks for: one that waits already, or a new one.

    ``timestamp`` are the seconds since 1970 at the caller, as text; ``signature`` is that of :func:`signature_of`. The
    call acts in its own name, whoever the context's actor is: the signature is its right.

    Raises:
        HookRefused: it proves nothing, or too old a moment, or the server has no secret to know it by.
        HookRepeated: it was heard before.
        HookTooOften: too many came.
        SourceOff: the source is switched off.
    """
    stored = context.store.get(SOURCES, source)
    found = None if stored is None else from_document(SOURCES, stored.document)
    if found is None or found.hook is None:
        raise HookRefused(reason=_UNKNOWN)
    try:
        secret = secrets.read(found.hook)
    except InvalidInput:
        # Whoever calls is not told where it should have been.
        raise HookRefused(reason="the server can not read the secret it is to be signed with") from None
    prove(context, secret, source, timestamp=timestamp, signature=signature, body=body)
    if not found.enabled:
        raise SourceOff(source=source)
    actor = Actor(f"{HOOK}{source}", frozenset({Role.ENGINEER}))
    return _asked(Context(context.store, context.coordination, context.clock, actor), source)


def prove(context: Context, secret: str, name: str, *, timestamp: str, signature: str, body: bytes) -> None:
    """
    Return if a call about ``name`` is signed with the secret, not long ago, and is heard for the first time.

    Raises:
        HookRefused, HookRepeated, HookTooOften: as for :func:`called`.
    """
    right = signature_of(secret, name, timestamp, body)
    if not hmac.compare_digest(right.encode(), signature.strip().removeprefix("sha256=").lower().encode()):
        raise HookRefused(reason=_UNKNOWN)
    if abs(context.clock.now() - _moment(timestamp)) > timedelta(seconds=AROUND):
        raise HookRefused(reason=f"it was signed more than {AROUND} s ago, or the clocks differ")
    _count(context, name, right)


def _count(context: Context, source: str, signature: str) -> None:
    """Return if this is the first call of its signature, and not one of too many."""
    coordination, name, now = context.coordination, f"hook {source}", context.clock.now().timestamp()
    if coordination.count(f"{name} calls", seconds=60) > MOST:
        raise HookTooOften(source=source, most=MOST)
    deadline = time.monotonic() + _PATIENCE
    # Looking and leaving are two steps, which one call at a time takes.
    while (lease := coordination.lease(name, holder=os.urandom(8).hex(), seconds=_PATIENCE)) is None:
        if time.monotonic() > deadline:
            raise HookTooOften(source=source, most=MOST)
        time.sleep(0.02)
    try:
        heard: dict[str, float] = coordination.seen([name]).get(name, {})
        if signature in heard:
            raise HookRepeated
        kept = {each: at for each, at in heard.items() if abs(now - at) <= _REMEMBERED}
        coordination.leave(name, {**kept, signature: round(now, 3)}, seconds=_REMEMBERED)
    finally:
        coordination.release(lease)


def _asked(context: Context, source: str) -> Held[Run]:
    """Return the run of calls that waits, or ask for the next; whoever asks at the same moment asks for the same."""
    job, now = job_name(source), context.clock.now()
    slot, delay = jobs.newest_slot(context, job, requested_by=context.actor.id), 0.0
    if slot is not None:
        last = jobs.get(context, run_id(job, slot))
        if last.record.state is RunState.QUEUED and not last.record.attempt:
            return last
        delay = min(APART, max(0.0, APART - (now - last.record.queued_at).total_seconds()))
    number = 1 if slot is None else 1 + int(slot.rpartition("-")[2])
    because = Said("hook.called", {"source": source})
    return jobs.queued(context, job, slot=_SLOT.format(number), because=because, delay=delay)


def _moment(timestamp: str) -> datetime:
    if timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 11:
        return datetime.fromtimestamp(int(timestamp), UTC)
    return datetime.min.replace(tzinfo=UTC)
