"""The verdict policy, asked of a server."""

from __future__ import annotations

from typing import Any

from cmdb.change.policy.policy import PolicyText
from cmdb.model.policy import POLICIES, PolicyVersion
from cmdb.model.policy_trial import POLICY_TESTS, SIMULATIONS, PolicyTest, Simulation
from cmdb.records import Held, Listing, from_document
from web.cli.remote import RemoteContext
from web.cli.remote.reading import held, listing


def in_force(context: RemoteContext, *, at: Any = None) -> PolicyText:
    return PolicyText(**context.server.get("policy", at=at).document)


def get(context: RemoteContext, version: int) -> PolicyText:
    return PolicyText(**context.server.get("policy", "versions", str(version)).document)


def versions(context: RemoteContext, *, after: str | None = None, limit: int = 100) -> Listing[PolicyVersion]:
    return listing(POLICIES, context.server.get("policy", "versions", after=after, limit=limit).document)


def set_policy(context: RemoteContext, content: bytes, *, expected_version: int | None = None) -> Held[PolicyVersion]:
    version = context.server.version_of("policy") if expected_version is None else expected_version
    tag = {"If-Match": f'"{version}"'}
    return held(
        POLICIES, context.server.upload("PUT", "policy", content=content, media="application/toml", headers=tag)
    )


def try_out(context: RemoteContext, content: bytes, cases: bytes | None = None) -> PolicyTest:
    body = {"policy": _text(content), **({} if cases is None else {"cases": _text(cases)})}
    return from_document(POLICY_TESTS, context.server.send("POST", "policy", "test", body=body).document)


def simulate(
    context: RemoteContext, content: bytes, *, start: str | None = None, end: str | None = None, limit: int = 1000
) -> Simulation:
    asked = {"policy": _text(content), "from": start, "to": end, "limit": limit}
    body = {name: value for name, value in asked.items() if value is not None}
    return from_document(SIMULATIONS, context.server.send("POST", "policy", "simulate", body=body).document)


def _text(content: bytes) -> str:
    """Return what is sent; bytes that are no UTF-8 are no policy, which the server tells."""
    return content.decode("utf-8", errors="replace")
