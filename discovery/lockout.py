"""
The lock-out guard: a credential that a target has refused is not tried there again until something has changed.

What has changed may be the credential, the settings of the source, or the mind of a person who asks for a run that
tries what was refused. A credential that nobody accepts is tried at no further target either, in this run or a later
one: with one account on many machines that is what locks it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from cmdb.chain import canonical, digest
from cmdb.context import Context
from cmdb.errors import ForeshockError
from cmdb.model.finding import FINDINGS, Finding
from cmdb.model.lockout import LOCKOUTS, Lockout, Refusal
from cmdb.model.source import Source
from cmdb.ports.outside import Secrets
from cmdb.ports.store import Delete, Op, Put
from cmdb.records import from_document, to_document
from discovery.ports import TargetError

MOST_REFUSED = 3
"""A credential that so many targets refused and none accepted is tried at no other."""
FINDING = "credential.refused"
_DIGEST = 4
"""Bytes: a changed credential is told from the old one; whoever guesses finds very many that fit."""


class CredentialHeld(TargetError):
    """The target was not asked, because the credential for it was refused before and has not changed."""

    code = "target.credential_held"
    sentence = "{target} was not asked: {reason}; put the credential right, or run with --try-refused"


class Guard:
    """
    The guard of one source during one run.

    ``anyway`` lets everything be tried once more. Nothing here waits or asks a target; all but :meth:`refuse_known` is
    to be called by the one thread that has the context.
    """

    def __init__(self, context: Context, source: Source, secrets: Secrets, *, run: str, anyway: bool = False) -> None:
        self._context = context
        self._source = source.id
        self._secrets = secrets
        self._run = run
        self._settings = settings_digest(source)
        self._told: dict[tuple[str, ...], Mapping[str, str] | None] = {}
        self._digests: dict[tuple[str, ...], str] = {}
        self._accepted: set[str] = set()
        stored = context.store.get(LOCKOUTS, source.id)
        self._kept = Lockout(source.id, os.urandom(16).hex())
        if stored is not None:
            self._kept = from_document(LOCKOUTS, stored.document)
        # Also one that is to try everything tries it once: what an earlier attempt of it was refused stands.
        self._standing = {
            each.target: each for each in self._kept.refusals if (each.run == run or not anyway) and self._stands(each)
        }
        self._hopeless: tuple[frozenset[str], ...] = ()
        self._look()

    @property
    def refused(self) -> int:
        """How many refusals of credentials nobody has accepted stand now."""
        return sum(each.credential not in self._kept.accepted for each in self._standing.values())

    def refuse_held(self, target: str) -> None:
        """
        Return if the target may be asked, as far as is known before it asks for a credential.

        Raises:
            CredentialHeld: it refused its credential, which has not changed.
        """
        held = self._standing.get(target)
        if held is not None:
            raise CredentialHeld(
                target=target, reason=f"it refused its credential in {held.run}", references=list(held.references)
            )
        self.refuse_known(target, ())

    def refuse_known(self, target: str, references: Collection[str]) -> None:
        """
        Return if a target may be asked with what these references stand for; any thread may call it.

        Raises:
            CredentialHeld: too many others refused it, and none has accepted it.
        """
        for hopeless in self._hopeless:
            if hopeless <= set(references):
                reason = f"{MOST_REFUSED} or more other targets refused the credential"
                raise CredentialHeld(target=target, reason=reason, references=sorted(hopeless))

    def told(self, target: str, values: Mapping[str, str], reason: str) -> None:
        """Write down that a target has refused what these references stand for."""
        now, credential = self._context.clock.now(), self._digest(values)
        refusal = Refusal(target, tuple(sorted(values)), credential, self._settings, self._run, now, reason)
        self._standing[target] = refusal
        others = [each for each in self._kept.refusals if each.target != target]
        rows = tuple(sorted((*others, refusal), key=lambda each: each.target))
        accepted = {*self._kept.accepted, *({credential} & self._accepted)}
        after = replace(self._kept, refusals=rows, accepted=tuple(sorted(accepted)))
        self._write(after, Put(FINDINGS, to_document(FINDINGS, self._finding(refusal))))

    def accepted(self, target: str, values: Mapping[str, str]) -> None:
        """Write down that a target has accepted it, where that changes anything."""
        after, ops = self._kept, []
        if any(each.target == target for each in after.refusals):
            after = replace(after, refusals=tuple(each for each in after.refusals if each.target != target))
            ops = list(self._closed(target))
            self._standing.pop(target, None)
        self._accepted.add(self._digest(values))
        known = {each.credential for each in after.refusals}
        after = replace(after, accepted=tuple(sorted({*after.accepted, *self._accepted} & known)))
        if after != self._kept:
            self._write(after, *ops)

    def forget(self, targets: Collection[str]) -> None:
        """Forget what was refused by targets that are none any more; ``targets`` are all there are."""
        gone = [each.target for each in self._kept.refusals if each.target not in targets]
        if gone:
            rest = tuple(each for each in self._kept.refusals if each.target in targets)
            self._write(replace(self._kept, refusals=rest), *(op for each in gone for op in self._closed(each)))

    # what stands -----------------------------------------------------------------------------------------------------
    def _stands(self, refusal: Refusal) -> bool:
        if refusal.settings != self._settings:
            return False
        if refusal.references not in self._told:
            try:
                self._told[refusal.references] = {each: self._secrets.read(each) for each in refusal.references}
            except ForeshockError:
                # Whatever it is now, it is not what was refused.
                self._told[refusal.references] = None
        values = self._told[refusal.references]
        return values is not None and self._digest(values) == refusal.credential

    def _digest(self, values: Mapping[str, str]) -> str:
        """Return the digest of a credential; it is slow on purpose, so each is computed once."""
        told = tuple(text for pair in sorted(values.items()) for text in pair)
        if told not in self._digests:
            salt = bytes.fromhex(self._kept.salt)
            found = hashlib.scrypt(canonical(told), salt=salt, n=2**12, r=8, p=1, dklen=_DIGEST).hex()
            self._digests[told] = found
        return self._digests[told]

    def _look(self) -> None:
        """Find the credentials that are refused by many and accepted by none."""
        counted: dict[tuple[str, tuple[str, ...]], int] = {}
        for each in self._standing.values():
            if each.credential not in self._kept.accepted:
                counted[each.credential, each.references] = counted.get((each.credential, each.references), 0) + 1
        self._hopeless = tuple(
            frozenset(references) for (_, references), count in sorted(counted.items()) if count >= MOST_REFUSED
        )

    # writing ---------------------------------------------------------------------------------------------------------
    def _write(self, after: Lockout, *more: Op) -> None:
        # One run of a source goes on at a time, and its writes are fenced: nobody else writes this.
        own: Op = Put(LOCKOUTS, to_document(LOCKOUTS, after)) if after.refusals else Delete(LOCKOUTS, self._source)
        self._context.records.apply([own, *more], because="discovery:guard")
        self._kept = after
        self._look()

    def _finding(self, refusal: Refusal) -> Finding:
        facts = {"source": self._source, "target": refusal.target, "references": list(refusal.references)}
        return Finding(finding_id(self._source, refusal.target), FINDING, (), self._opened(refusal), facts)

    def _opened(self, refusal: Refusal) -> datetime:
        stored = self._context.store.get(FINDINGS, finding_id(self._source, refusal.target))
        found = None if stored is None else from_document(FINDINGS, stored.document)
        return refusal.at if found is None or found.closed_at is not None else found.opened_at

    def _closed(self, target: str) -> list[Op]:
        stored = self._context.store.get(FINDINGS, finding_id(self._source, target))
        if stored is None or stored.document.get("closed_at"):
            return []
        found = replace(from_document(FINDINGS, stored.document), closed_at=self._context.clock.now())
        return [Put(FINDINGS, to_document(FINDINGS, found), stored.version)]


def settings_digest(source: Source) -> str:
    """Return a digest of how a source is looked at: credentials stand in it as references alone."""
    return digest([source.connector, dict(source.settings)])[:16]


def finding_id(source: str, target: str) -> str:
    """Return the id of the finding that a target of a source has refused its credential."""
    return f"{FINDING}:{hashlib.sha256(canonical([source, target])).hexdigest()[:16]}"


def refusals(context: Context, source: str) -> tuple[Refusal, ...]:
    """Return what the targets of a source have refused and not accepted since; raises NotAllowed."""
    context.allow("source:read")
    stored = context.store.get(LOCKOUTS, source)
    return () if stored is None else from_document(LOCKOUTS, stored.document).refusals
