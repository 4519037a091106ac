"""API tokens, asked of a server."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from cmdb.model.api_token import API_TOKENS, ApiToken
from cmdb.people.tokens import Made
from cmdb.records import Held, Listing, from_document
from web.cli.remote import RemoteContext


def make(context: RemoteContext, **given: Any) -> Made:
    body = {name: list(value) if isinstance(value, tuple) else value for name, value in given.items()}
    document = context.server.send("POST", "tokens", body=body).document
    return Made(from_document(API_TOKENS, document), document["token"])


def listing(
    context: RemoteContext,
    *,
    account: str | None = None,
    all_of_them: bool = False,
    after: str | None = None,
    limit: int = 100,
) -> Listing[ApiToken]:
    wanted = {"account": account, "after": after, "limit": limit, "all": all_of_them or None}
    document = context.server.get("tokens", **wanted).document
    context.used = {row["id"]: row["last_used"] for row in document["rows"]}
    rows = tuple(Held(from_document(API_TOKENS, row), 0, 0) for row in document["rows"])
    return Listing(rows, document["next"])


def last_used(context: RemoteContext, tokens: Sequence[str]) -> dict[str, datetime]:
    """Return what the page that was listed last says of them."""
    found = {token: context.used.get(token) for token in tokens}
    return {token: datetime.fromisoformat(text) for token, text in found.items() if text}


def revoke(context: RemoteContext, token_id: str) -> Held[ApiToken]:
    document = context.server.send("POST", "tokens", token_id, "revoke").document
    return Held(from_document(API_TOKENS, document), 0, 0)
