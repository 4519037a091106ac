"""An API token: the right of a programme to act as an account, within scopes, until a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cmdb.model.kind import Kind


@dataclass(frozen=True, slots=True)
class ApiToken:
    """
    One token of an account.

    ``scopes`` are the acts it may be used for, sorted; more than the account may do it never allows. ``roles`` are the
    roles the account had when it was made: they count where nobody is recorded for the account. ``ended`` is when it
    was revoked.
    """

    id: str
    name: str
    account: str
    scopes: tuple[str, ...]
    roles: tuple[str, ...]
    made: datetime
    ends: datetime
    by: str
    ended: datetime | None = None


API_TOKENS = Kind(ApiToken, name="api_token", indexed=("account",), series="TOK")
