"""What a request tells the desks: its context, the transaction id it may bring, and the version its sender has seen."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import current_app, g, request
from werkzeug.exceptions import BadRequest, PreconditionFailed, PreconditionRequired

from cmdb.context import Context

Contexts = Callable[[str | None], Context]

UPLOAD_BYTES = 4 * 1024**3
"""How large a request may be that is read as a stream."""

CONTEXTS = "foreshock.contexts"
WHILE_SERVING = "foreshock.while_serving"
"""Where an application has what returns the context manager that is open while it serves, if there is any."""
RECEPTION = "foreshock.reception"
"""Where an application has what receives for the sources that are pushed to, if anything does."""
JOBS = "foreshock.jobs"
"""Where an application has what returns, for a context, the jobs there are."""

_VERSION = re.compile(r"0|[1-9][0-9]{0,17}", re.ASCII)
_KEY = re.compile(r"[!-~]{1,200}", re.ASCII)


def context(txn_id: str | None = None) -> Context:
    """
    Return the context of this request, the same one however often it is asked for; its transaction id is the
    Idempotency-Key. A ``txn_id`` asks for another context, for one part of a request with many.
    """
    contexts: Contexts = current_app.extensions[CONTEXTS]
    if txn_id is not None:
        return contexts(txn_id)
    if "context" not in g:
        g.context = contexts(idempotency_key())
    made: Context = g.context
    return made


def idempotency_key() -> str | None:
    """
    Return the header Idempotency-Key, which becomes the transaction id of what the request writes, or None.

    Raises:
        BadRequest: it is empty, longer than 200 characters or not visible ASCII.
    """
    key = request.headers.get("Idempotency-Key")
    if key is not None and not _KEY.fullmatch(key):
        raise BadRequest("Idempotency-Key must be 1 to 200 visible ASCII characters")
    return key


def etag_of(version: int) -> str:
    """Return the text of the strong entity tag of a version, without its quotes."""
    return str(version)


def expected_version() -> int:
    """
    Return the version the sender has seen, from the header If-Match; the store itself compares it with its own.

    Raises:
        PreconditionRequired: there is none, or it is ``*``: who overwrites must say what they have read.
        PreconditionFailed: it names no version of ours, so it can not be the newest.
    """
    tags = request.if_match
    if tags.star_tag or not (tags or tags.as_set(include_weak=True)):
        raise PreconditionRequired('say which version you have seen: If-Match: "ETAG", with the ETag of the last read')
    strong = [tag or "" for tag in tags.as_set()]
    if len(strong) != 1 or not _VERSION.fullmatch(strong[0]):
        raise PreconditionFailed("If-Match names no version that could be the newest; read it again and send its ETag")
    return int(strong[0])
