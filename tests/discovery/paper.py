"""
A connector for tests: each file of a folder is a target, and says in JSON what is there.

``{"hosts": [{"name": "web1", "serial": "Acme|S1", "listens": ["nginx:80"], "needs": ["10.0.0.2:5432"]}]}``;
``fail`` names an error to raise, ``cut`` leaves the listing unfinished.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from marshmallow import fields

from cmdb.model.observation import End, EvidenceKind, Identifier, Observation, ObservedRelation
from discovery import ports
from discovery.ports import Connector, Line, Part, Secret, Settings, Shaped, Target


class PaperSettings(Settings):
    """Where the files are."""

    folder = fields.String(required=True, metadata={"description": "the folder of the files"})
    token = Secret(metadata={"description": "a credential, to be kept quiet"})


def targets(settings: Any, line: Line) -> Iterator[Target]:
    line.check()
    yield from (Target(path.stem) for path in sorted(Path(settings["folder"]).glob("*.json")))


def fetch(target: Target, settings: Any, line: Line) -> Iterator[Part]:
    line.pace()
    token = line.secret(settings["token"]) if "token" in settings else ""
    told = json.loads((Path(settings["folder"]) / f"{target.id}.json").read_text())
    if told.get("fail"):
        raise getattr(ports, told["fail"])(target=target.id, reason=f"it says so to {token}")
    if told.get("sleep"):
        line.wait(told["sleep"])
    yield Part("hosts", told["hosts"], whole=not told.get("cut"))


def shape(target: Target, settings: Any, parts: Sequence[Part]) -> Shaped:
    observations: list[Observation] = []
    for host in (host for part in parts for host in part.body):
        known = {kind: host[kind] for kind in ("serial", "machine_id", "fqdn", "mac", "ip") if kind in host}
        attributes = {"os": host["os"]} if "os" in host else {}
        identifiers = tuple(Identifier(kind, value) for kind, value in sorted(known.items()))
        name = host["name"]
        observations.append(
            Observation("", target.id, name, "server", name, attributes=attributes, identifiers=identifiers)
        )
        for process in host.get("listens", ()):
            observations.append(_process(target.id, host, process))
    complete = frozenset({target.id}) if all(part.whole for part in parts) else frozenset()
    return Shaped(tuple(observations), complete)


def _process(scope: str, host: dict[str, Any], process: str) -> Observation:
    name, _, port = process.partition(":")
    on = ObservedRelation("runs_on", EvidenceKind.INVENTORY, target=End(host["name"]))
    needs = tuple(
        ObservedRelation(
            "depends_on", EvidenceKind.TRAFFIC_OUT, target=End(identifiers=(Identifier("endpoint", each),))
        )
        for each in host.get("needs", ())
    )
    identifiers = [Identifier("part", f"process:{name}")]
    if "ip" in host:
        identifiers.append(Identifier("endpoint", f"{host['ip']}:{port}/tcp"))
    return Observation(
        "",
        scope,
        f"{host['name']}/{name}",
        "application_component",
        name,
        owner=host["name"],
        identifiers=tuple(identifiers),
        relations=(on, *needs),
    )


CONNECTOR = Connector(
    name="paper",
    purpose="what is written on paper",
    settings=PaperSettings,
    targets=targets,
    fetch=fetch,
    shape=shape,
    classes=("server", "application_component"),
    seconds=5.0,
)
