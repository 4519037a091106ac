"""What every resource of the API is built with: tags that are the store's versions, If-Match, and repeated requests."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from functools import wraps
from typing import Any, TypeVar

import flask_smorest
from flask import request
from werkzeug.exceptions import HTTPException
from werkzeug.http import quote_etag
from werkzeug.wrappers import Response

from cmdb.chain import digest
from cmdb.model.kind import Kind
from cmdb.ports.errors import TransactionReused
from cmdb.records import Held
from web.api.reading import StrictParser
from web.request import context, etag_of, expected_version, idempotency_key

T = TypeVar("T")
View = Callable[..., Any]

# What any request may meet, by the name of the response in the description; a request with a body may meet more.
ANY = {
    "400": "BAD_REQUEST",
    "401": "UNAUTHORIZED",
    "403": "FORBIDDEN",
    "404": "NOT_FOUND",
    "422": "UNPROCESSABLE_ENTITY",
    "500": "INTERNAL_SERVER_ERROR",
    "503": "SERVICE_UNAVAILABLE",
}
WITH_BODY = {"413": "REQUEST_ENTITY_TOO_LARGE", "415": "UNSUPPORTED_MEDIA_TYPE"}
WRITING = {"409": "CONFLICT", "412": "PRECONDITION_FAILED"}


STATUSES = frozenset({*ANY, *WITH_BODY, *WRITING, "428", "405", "207", "429"})
"""Every status a failure may have."""


class Blueprint(flask_smorest.Blueprint):
    """A blueprint whose entity tags are versions; the store itself compares them, so check and write are one step."""

    ARGUMENTS_PARSER = StrictParser()
    METHODS_NEEDING_CHECK_ETAG: list[str] = []  # noqa: RUF012  # See needs_version.
    METHODS_ALLOWING_SET_ETAG = [*flask_smorest.Blueprint.METHODS_ALLOWING_SET_ETAG, "DELETE"]  # noqa: RUF012

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._prepare_doc_cbks.append(_describe)

    @staticmethod
    def _generate_etag(etag_data: Any, extra_data: Any = None) -> str:  # noqa: ARG004
        return etag_data if isinstance(etag_data, str) else digest(etag_data)

    def _check_not_modified(self, etag: str) -> None:
        if request.method in self.METHODS_CHECKING_NOT_MODIFIED and request.if_none_match.contains_weak(etag):
            # An exception that carries its response: RFC 9110 wants the tag to go with 304.
            raise HTTPException(response=Response(status=304, headers={"ETag": quote_etag(etag)}))

    def tagged(self, held: Held[T]) -> T:
        """Return the record, and send its version as the entity tag of the answer (304 where the sender has it)."""
        self.set_etag(etag_of(held.version))
        return held.record

    def writes(self, kind: Kind[Any], *, shape: Callable[[Any], Any] = lambda record: record) -> Callable[[View], View]:
        """
        Tag the answer of a view that writes one record and returns it as held, and let the request be sent again.

        An Idempotency-Key is the transaction id of what the view writes; a request that is sent again under it is
        answered with what it wrote the first time. A claim on the key by a digest of the request tells a repetition
        from another request that uses the key again, which is refused (TransactionReused). ``shape`` makes the answer
        from the record, where it is more than that.
        """

        def decorator(view: View) -> View:
            @wraps(view)
            def wrapper(*args: Any, **kwargs: Any) -> Any:
                held = _written_before(kind)
                if held is not None:
                    return shape(self.tagged(held)), {"Idempotency-Replayed": "true"}
                try:
                    return shape(self.tagged(view(*args, **kwargs)))
                except TransactionReused:
                    held = _written_before(kind)  # The same request was sent twice at once.
                    if held is None:
                        raise
                    return shape(self.tagged(held)), {"Idempotency-Replayed": "true"}

            return _noting(wrapper, "writes")

        return decorator


def needs_version(view: View) -> View:
    """
    Give the view ``expected_version``, from If-Match, and say so in the description.

    A write to what exists says which version it has seen: 428 without, 412 when it is no longer the newest.
    """

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return view(*args, expected_version=expected_version(), **kwargs)

    return _noting(wrapper, "needs_version")


def _written_before(kind: Kind[Any]) -> Held[Any] | None:
    """Return the record this very request wrote when it was sent before, as it was then, or None."""
    key = idempotency_key()
    if key is None:
        return None
    first = context().coordination.claim_run(f"idempotency:{key}", _fingerprint())
    applied = context().store.applied(key)
    if applied is not None and first:
        raise TransactionReused(txn_id=key, revision=applied.revision)
    return written_by(key, kind)


def written_by(txn_id: str, kind: Kind[Any], *, key: str | None = None) -> Held[Any] | None:
    """
    Return the record of this kind (and key) that a transaction wrote, as it was then; None if there was none.

    Raises:
        TransactionReused: the transaction wrote something else.
    """
    asked = context()
    applied = asked.store.applied(txn_id)
    if applied is None:
        return None
    for made in asked.store.changes(applied.revision - 1, limit=1):
        for entry in made.entries:
            if made.txn_id == txn_id and entry.kind == kind.name and key in (None, entry.key):
                return asked.records.held(kind, entry.key, at=applied.revision)
    raise TransactionReused(txn_id=txn_id, revision=applied.revision)


def _fingerprint() -> str:
    query = request.query_string.decode("latin-1")
    return digest(
        [request.method, request.path, query, request.headers.get("If-Match"), request.get_data(as_text=True)]
    )


def _noting(view: View, what: str) -> View:
    described: dict[str, Any] = deepcopy(getattr(view, "_apidoc", {}))
    described[what] = True
    view._apidoc = described  # type: ignore[attr-defined]
    return view


def _describe(doc: dict[str, Any], doc_info: dict[str, Any], *, method: str, **_: Any) -> dict[str, Any]:
    """Add to an operation's description the headers it heeds and every failure it may answer with."""
    responses = dict(ANY)
    parameters = doc.setdefault("parameters", [])
    if "requestBody" in doc:
        responses |= WITH_BODY
    if method not in ("get", "head"):
        responses |= WRITING
    if doc_info.get("writes"):
        parameters.append("IDEMPOTENCY_KEY")
    if doc_info.get("needs_version"):
        parameters.append("IF_MATCH")
        responses["428"] = "PRECONDITION_REQUIRED"
    for status, name in responses.items():
        doc.setdefault("responses", {}).setdefault(status, name)
    return doc
