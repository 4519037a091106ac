"""The seal of a verification: the hash over its canonical JSON, and a signature with a key of the organisation."""

from __future__ import annotations

import hmac
from typing import NamedTuple, Protocol, TypeVar

from cmdb.chain import digest
from cmdb.model.kind import Kind
from cmdb.model.verification import Accuracy, Signature, Verification, unsealed
from cmdb.records import to_document

ALGORITHM = "hmac-sha256"
T = TypeVar("T", Verification, Accuracy)


class Signer(Protocol):
    """Who signs a hash, and tells whether a signature is good."""

    def sign(self, hash_: str) -> Signature:
        """Return the signature of a hash."""
        ...

    def check(self, hash_: str, signature: Signature) -> str:
        """Return "valid", "invalid", or "other_key" where it was made with another key."""
        ...


class HmacSigner(NamedTuple):
    """Signs by HMAC with SHA-256 (RFC 2104): who has the key can sign and check."""

    key: bytes

    def sign(self, hash_: str) -> Signature:
        return Signature(ALGORITHM, self._name(), self._over(f"foreshock verification {hash_}"))

    def check(self, hash_: str, signature: Signature) -> str:
        if signature.algorithm != ALGORITHM or signature.key != self._name():
            return "other_key"
        right = self._over(f"foreshock verification {hash_}")
        return "valid" if hmac.compare_digest(right.encode(), signature.value.encode()) else "invalid"

    def _name(self) -> str:
        return self._over("foreshock key")[:16]

    def _over(self, text: str) -> str:
        return hmac.new(self.key, text.encode(), "sha256").hexdigest()

    def __repr__(self) -> str:
        return "HmacSigner()"


def hash_of(kind: Kind[T], record: T) -> str:
    """Return the hash a record should carry."""
    return digest(unsealed(to_document(kind, record)))


def signer_with(key: bytes | None) -> HmacSigner | None:
    """Return who signs with a key, None without one."""
    return None if key is None else HmacSigner(key)


class Seal(NamedTuple):
    """What a check of a record found: whether its hash is right, and how its signature is."""

    hash_right: bool
    signature: str


def seal_of(kind: Kind[T], record: T, signer: Signer | None) -> Seal:
    """Return how the seal of a record is; its signature is "none", "no_key" where nobody can tell, or as checked."""
    right = hash_of(kind, record) == record.hash
    if record.signature is None:
        return Seal(right, "none")
    return Seal(right, "no_key" if signer is None else signer.check(record.hash, record.signature))
