"""Reads a cluster as a run would, for the tests."""

from __future__ import annotations

from typing import Any

from cmdb.model.observation import Observation
from discovery.connectors.kubernetes import CONNECTOR
from discovery.ports import Part, Shaped, Target
from discovery.testing import TrialLine
from tests.discovery.connectors.kubernetes.bodies import Bodies
from tests.discovery.connectors.kubernetes.served import serving


def settings_of(server: str, **more: Any) -> dict[str, Any]:
    """Return the settings of a source that reads a cluster called ``prod``."""
    return CONNECTOR.settings().load({"cluster": "prod", "server": server, **more})


def read(server: str, line: TrialLine | None = None, **more: Any) -> tuple[list[Part], Shaped]:
    """Return the parts and the observations of the cluster at an address."""
    settings = settings_of(server, **more)
    [target] = CONNECTOR.targets(settings, TrialLine())
    parts = list(CONNECTOR.fetch(target, settings, line or TrialLine()))
    return parts, CONNECTOR.shape(target, settings, parts)


def shaped(bodies: Bodies, **more: Any) -> Shaped:
    """Return the observations of a cluster, read over a socket."""
    with serving(bodies) as (address, _):
        return read(address, **more)[1]


def disk(paths: list[str], **more: Any) -> Shaped:
    """Return the observations of manifests."""
    settings = CONNECTOR.settings().load({"cluster": "prod", "manifests": paths, **more})
    parts = list(CONNECTOR.fetch(Target("prod"), settings, TrialLine()))
    return CONNECTOR.shape(Target("prod"), settings, parts)


def by_id(found: Shaped) -> dict[str, Observation]:
    return {each.native_id: each for each in found.observations}


def ends(observation: Observation, kind: str, group: str | None = None) -> list[str | None]:
    """Return the native ids of the ends of one kind of relation, sorted."""
    found = [each for each in observation.relations if each.type == kind and (group is None or each.group == group)]
    return sorted(each.target.native_id or "" for each in found if each.target)


def needs(observation: Observation) -> dict[str, int | str]:
    return {each.name: each.needs for each in observation.groups}
