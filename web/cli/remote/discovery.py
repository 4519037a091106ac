"""Findings, decisions on identity, rules and provenance, asked of a server."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from cmdb.configuration.discovery_rules import RulesText
from cmdb.configuration.observing import Difference
from cmdb.model.discovery_rules import RULES_VERSIONS, RulesVersion
from cmdb.model.finding import FINDINGS, Finding
from cmdb.model.identity import IDENTITY_DECISIONS, RELATION_REJECTIONS, IdentityDecision, RelationRejection
from cmdb.model.observation import Thing
from cmdb.records import Held, Listing, from_document
from web.cli.remote import RemoteContext
from web.cli.remote.reading import held
from web.cli.remote.reading import listing as page_of

_COUNTED = ("created", "updated", "missing", "retired", "merged", "ended")
_MOST = 10_000
_MEDIA = "application/toml"


# findings ------------------------------------------------------------------------------------------------------------
def page(
    context: RemoteContext,
    *,
    code: str | None = None,
    ci: str | None = None,
    source: str | None = None,
    open_too: bool = True,
    closed_too: bool = False,
    after: str | None = None,
    limit: int = 100,
) -> Listing[Finding]:
    about = {"code": code, "ci": ci, "source": source, "open": open_too, "closed": closed_too}
    return page_of(FINDINGS, context.server.get("findings", **about, after=after, limit=limit).document)


def get(context: RemoteContext, finding: str) -> Finding:
    return from_document(FINDINGS, context.server.get("findings", finding).document)


def close(context: RemoteContext, finding: str, *, reason: str) -> Held[Finding]:
    return held(FINDINGS, context.server.send("POST", "findings", finding, "close", body={"reason": reason}))


def reopen(context: RemoteContext, finding: str) -> Held[Finding]:
    return held(FINDINGS, context.server.send("POST", "findings", finding, "reopen"))


# identity ------------------------------------------------------------------------------------------------------------
def listing(context: RemoteContext, *, after: str | None = None, limit: int = 100) -> Listing[IdentityDecision]:
    found = context.server.get("identity", "decisions", after=after, limit=limit)
    return page_of(IDENTITY_DECISIONS, found.document)


def rejections(context: RemoteContext, *, after: str | None = None, limit: int = 100) -> Listing[RelationRejection]:
    found = context.server.get("identity", "rejections", after=after, limit=limit)
    return page_of(RELATION_REJECTIONS, found.document)


def merge(context: RemoteContext, one: str, other: str, *, reason: str = "") -> tuple[IdentityDecision, Any]:
    made, taken = _decided(context, "merge", body={"one": one, "other": other, "reason": reason})
    return made[0], taken


def split(
    context: RemoteContext, ci: str, thing: Thing, *, reason: str = ""
) -> tuple[tuple[IdentityDecision, ...], Any]:
    return _decided(context, "split", body={"ci": ci, "thing": thing._asdict(), "reason": reason})


def keep_apart(context: RemoteContext, one: Thing, other: Thing, *, reason: str = "") -> tuple[IdentityDecision, Any]:
    body = {"one": one._asdict(), "other": other._asdict(), "reason": reason}
    made, taken = _decided(context, "keep-apart", body=body)
    return made[0], taken


def revoke(context: RemoteContext, decision: str) -> tuple[IdentityDecision, Any]:
    made, taken = _decided(context, "decisions", decision, "revoke")
    return next((each for each in made if each.id == decision), made[0]), taken


def reject(
    context: RemoteContext,
    source: str,
    type: str,  # noqa: A002
    target: str,
    *,
    group: str | None = None,
    reason: str = "",
) -> Any:
    body = {"source": source, "type": type, "target": target, "group": group, "reason": reason}
    return _taken(context.server.send("POST", "identity", "rejections", body=body).document)


def accept(
    context: RemoteContext,
    source: str,
    type: str,  # noqa: A002
    target: str,
    *,
    group: str | None = None,
) -> Any:
    named = {"source": source, "type": type, "target": target, "group": group}
    return _taken(context.server.send("DELETE", "identity", "rejections", query=named).document)


# rules ---------------------------------------------------------------------------------------------------------------
def in_force(context: RemoteContext) -> RulesText:
    return RulesText(**context.server.get("discovery", "rules").document)


def versions_page(context: RemoteContext, *, after: str | None = None, limit: int = 100) -> Listing[RulesVersion]:
    found = context.server.get("discovery", "rules", "versions", after=after, limit=limit)
    return page_of(RULES_VERSIONS, found.document)


def set_rules(context: RemoteContext, content: bytes, *, expected_version: int | None = None) -> Held[RulesVersion]:
    version = context.server.version_of("discovery", "rules") if expected_version is None else expected_version
    tag = {"If-Match": f'"{version}"'}
    answer = context.server.upload("PUT", "discovery", "rules", content=content, media=_MEDIA, headers=tag)
    return held(RULES_VERSIONS, answer)


def rehearse(context: RemoteContext, content: bytes, *, what: str = "") -> Any:  # noqa: ARG001  # The server says what.
    way = ("discovery", "rules", "rehearse")
    return _taken(context.server.upload("POST", *way, content=content, media=_MEDIA, headers={}, show=_MOST).document)


def settle(context: RemoteContext, *, dry_run: bool = False) -> Any:
    query = {"dry_run": dry_run, "show": _MOST}
    return _taken(context.server.send("POST", "discovery", "settle", query=query).document)


# provenance ----------------------------------------------------------------------------------------------------------
def told(context: RemoteContext, ci: str) -> dict[str, Any]:
    found: dict[str, Any] = context.server.get("provenance", ci).document
    return found


def _decided(context: RemoteContext, *path: str, body: Any = None) -> tuple[tuple[IdentityDecision, ...], Any]:
    answer = context.server.send("POST", "identity", *path, body=body).document
    made = tuple(from_document(IDENTITY_DECISIONS, each) for each in answer["decisions"])
    return made, _taken(answer)


def _taken(answer: dict[str, Any]) -> Any:
    """Return what came of it, as far as a command shows it."""
    counts = {name: answer[name] for name in _COUNTED}
    differences = tuple(Difference(**row) for row in answer["differences"])
    return SimpleNamespace(
        differences=differences, revision=answer["revision"], more=answer["more"], counts=lambda: counts
    )
