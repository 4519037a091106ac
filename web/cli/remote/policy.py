"""The verdict policy, asked of a server."""

from __future__ import annotations

from typing import Any

from cmdb.change.policy import PolicyText
from cmdb.model.policy import POLICIES, PolicyVersion
from cmdb.records import Held, Listing
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
