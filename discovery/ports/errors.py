"""
What can go wrong with one target, as kinds that decide what happens next: try again, or wait for a person.

A connector turns the errors of its library into these. ``reason`` is a short plain text without a credential.
"""

from __future__ import annotations

from typing import Any

from cmdb.errors import Family, ForeshockError


class TargetError(ForeshockError):
    """Reading one target went wrong."""

    code = "target.failed"
    sentence = "{target} could not be read: {reason}"

    def __init__(self, *, target: str, reason: str, **more: Any) -> None:
        super().__init__(target=target, reason=reason, **more)


class Unreachable(TargetError):
    """Nobody answers at its address; tried again."""

    code = "target.unreachable"
    sentence = "{target} can not be reached: {reason}"
    family = Family.RETRY


class Stumbled(Unreachable):
    """It is there, and answers that something went wrong on its side (5xx); tried again, as where nobody answers."""

    code = "target.stumbled"
    sentence = "{target} answers with an error of its own: {reason}"


class TimedOut(TargetError):
    """It answers too slowly; tried again."""

    code = "target.timed_out"
    sentence = "{target} took too long: {reason}"
    family = Family.RETRY


class Throttled(TargetError):
    """It asks to be asked less; tried again, after ``seconds`` where it said so."""

    code = "target.throttled"
    sentence = "{target} asks for patience: {reason}"
    family = Family.RETRY

    def __init__(self, *, target: str, reason: str, seconds: float | None = None) -> None:
        super().__init__(target=target, reason=reason, seconds=seconds)


class CredentialsRefused(TargetError):
    """It does not accept the credential; never tried again by itself, for that locks accounts."""

    code = "target.credentials_refused"
    sentence = "{target} refuses the credential: {reason}; put it right, then run again"
    family = Family.NOT_ALLOWED


class HostKeyChanged(TargetError):
    """It shows another host key than before; a person has to look, so it is never tried again by itself."""

    code = "target.host_key_changed"
    sentence = "{target} shows another host key than the known one: {reason}; accept it or look into it"
    family = Family.REFUSED


class Unreadable(TargetError):
    """It answers with something that is not what was asked for; not tried again."""

    code = "target.unreadable"
    sentence = "{target} answered what can not be read: {reason}"
    family = Family.BAD_INPUT


class PartlyRead(TargetError):
    """
    A limit was reached (how many, how large) and the rest was not read.

    As any error that leaves ``fetch`` it takes the whole target with it; where the rest is of use, yield what was read
    as a part that is not ``whole`` instead.
    """

    code = "target.partly_read"
    sentence = "{target} was read in part: {reason}"
    family = Family.PARTLY
