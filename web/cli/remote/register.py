"""Registering, changing and ending CIs, relations and groups, asked of a server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from cmdb.errors import NotFound
from cmdb.model.ci import CI, CIS
from cmdb.model.group import GROUPS, Group
from cmdb.model.relation import RELATIONS, Relation
from cmdb.records import Held
from web.cli.remote import NotAtServer, RemoteContext
from web.cli.remote.reading import held
from web.cli.remote.search import groups_of


def add_ci(context: RemoteContext, *, id: str, ci_class: str, **more: Any) -> Held[CI]:  # noqa: A002
    body = {"id": id, "class": ci_class, **_stated(more)}
    answer = context.server.send("POST", "cis", body=body)
    return held(CIS, answer, revision=_revision(context, id))


def set_ci(
    context: RemoteContext, ci_id: str, changes: Mapping[str, Any], *, expected_version: int | None = None
) -> Held[CI]:
    version = context.server.version_of("cis", ci_id) if expected_version is None else expected_version
    answer = context.server.send("PATCH", "cis", ci_id, body=dict(changes), version=version)
    return held(CIS, answer, revision=_revision(context, ci_id))


def retire_ci(context: RemoteContext, ids: Sequence[str], *, allow_broken_groups: bool = False) -> Any:
    """Retire one CI; the API retires one at a time, and several have to go together or not at all."""
    if len(ids) != 1:
        raise NotAtServer(what="retire several CIs as one revision; retire one at a time")
    version = context.server.version_of("cis", ids[0])
    decided = {"allow_broken_groups": allow_broken_groups}
    context.server.send("DELETE", "cis", ids[0], version=version, query=decided)
    return SimpleNamespace(cis=list(ids), relations=None, groups=None, broken=())


def plan_ending(_context: RemoteContext, _ids: Sequence[str]) -> Any:
    raise NotAtServer(what="tell what a retirement would end; --yes retires without asking")


def relate(
    context: RemoteContext,
    source: str,
    type: str,  # noqa: A002
    target: str,
    *,
    group: str | None = None,
    strength: str | None = None,
    confidence: float | None = None,
    expected_version: int | None = None,
) -> Held[Relation]:
    name = _stated({"source": source, "type": type, "target": target, "group": group})
    values = _stated({"strength": strength, "confidence": confidence})
    version = _relation_version(context, name) if expected_version is None else expected_version
    if version:
        answer = context.server.send("PUT", "relations", "one", body=values, query=name, version=version)
    else:
        answer = context.server.send("POST", "relations", body={**name, **values})
    return held(RELATIONS, answer, revision=context.server.revision())


def unrelate(
    context: RemoteContext,
    source: str,
    type: str,  # noqa: A002
    target: str,
    *,
    group: str | None = None,
    expected_version: int | None = None,
    allow_broken_groups: bool = False,
) -> None:
    name = _stated({"source": source, "type": type, "target": target, "group": group})
    version = _relation_version(context, name) if expected_version is None else expected_version
    if not version:
        raise NotFound(kind=RELATIONS.name, ids=(RELATIONS.key(name),))
    decided = {**name, "allow_broken_groups": allow_broken_groups}
    context.server.send("DELETE", "relations", "one", query=decided, version=version)


def put_group(
    context: RemoteContext,
    item: str,
    name: str,
    needs: int | str,
    *,
    strength: str | None = None,
    members: Iterable[Mapping[str, Any]] = (),
    expected_version: int | None = None,
) -> Held[Group]:
    values = _stated({"needs": needs, "strength": strength, "members": [dict(member) for member in members]})
    version = _group_version(context, item, name) if expected_version is None else expected_version
    if version:
        named = {"item": item, "name": name}
        answer = context.server.send("PUT", "groups", "one", body=values, query=named, version=version)
    else:
        answer = context.server.send("POST", "groups", body={"item": item, "name": name, **values})
    return held(GROUPS, answer, revision=context.server.revision())


def end_group(
    context: RemoteContext, item: str, name: str, *, expected_version: int | None = None, allow_broken_groups: bool
) -> None:
    version = _group_version(context, item, name) if expected_version is None else expected_version
    if not version:
        raise NotFound(kind=GROUPS.name, ids=(GROUPS.key({"item": item, "name": name}),))
    decided = {"item": item, "name": name, "allow_broken_groups": allow_broken_groups}
    context.server.send("DELETE", "groups", "one", query=decided, version=version)


def _stated(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None and value != []}


def _revision(context: RemoteContext, ci_id: str) -> int:
    return int(context.server.get("history", "cis", ci_id, limit=1).document["rows"][0]["revision"])


def _relation_version(context: RemoteContext, name: Mapping[str, Any]) -> int:
    """Return the version of a relation as it is now, 0 where there is none."""
    wanted = RELATIONS.key(name)
    for row in context.server.rows("relations", ci=name["source"], direction="out"):
        if RELATIONS.key(row["relation"]) == wanted:
            return int(row["version"])
    return 0


def _group_version(context: RemoteContext, item: str, name: str) -> int:
    return next((one.version for one in groups_of(context, item) if one.record.name == name), 0)
