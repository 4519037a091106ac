"""Secrets that are borne: what a cookie, a link or an API token carries, and the hash that is kept of it."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import datetime

from cmdb.model.credential import CREDENTIALS, Credential
from cmdb.ports.store import Put, Store
from cmdb.records import from_document, to_document

BYTES = 32
_BORNE = re.compile(r"([1-9][0-9]{0,17})_([A-Za-z0-9_-]{43})", re.ASCII)


def minted(subject: str, of: str, now: datetime) -> tuple[str, Put]:
    """Return a new secret of a session, invitation or token as it is borne, once, and the write of its hash."""
    secret = secrets.token_urlsafe(BYTES)
    credential = Credential(subject, _digest(secret), of, now)
    return f"{subject.rpartition('-')[2]}_{secret}", Put(CREDENTIALS, to_document(CREDENTIALS, credential), 0)


def borne(store: Store, series: str, text: str) -> str | None:
    """Return the id (``SES-1001``) of what a text bears the secret of, None if it bears none of this series."""
    found = _BORNE.fullmatch(text)
    if found is None:
        return None
    subject = f"{series}-{found[1]}"
    stored = store.get(CREDENTIALS, subject)
    # 256 random bits can not be guessed, so a plain hash is enough; it is compared in constant time all the same.
    kept = from_document(CREDENTIALS, stored.document).hash if stored else ""
    return subject if hmac.compare_digest(kept.encode(), _digest(found[2]).encode()) else None


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8")).hexdigest()
