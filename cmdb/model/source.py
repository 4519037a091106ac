"""A source of discovery: what is looked at, by which connector, with which settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cmdb.model.kind import Kind


@dataclass(frozen=True, slots=True)
class Source:
    """
    One source.

    ``settings`` are those of its connector; credentials stand in them as references. ``at_once`` is how many targets
    may be read at one time, and ``requests_a_second`` how often each may be asked; None leaves both to the connector.
    ``schedule`` is a crontab of five fields in UTC, None where it is run only when somebody asks; a run may begin up to
    ``jitter`` seconds later. A source that is not ``enabled`` is not run.

    ``maintenance`` are windows (:mod:`cmdb.maintenance`) in which no run begins that nobody waits for; with
    ``maintenance_stops`` one that goes on is stopped too, and goes on afterwards. ``hook`` is the reference of the
    secret that signs calls which ask for runs from outside; None: there are none.
    """

    id: str
    connector: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    at_once: int | None = None
    requests_a_second: float | None = None
    schedule: str | None = None
    jitter: int = 0
    enabled: bool = True
    maintenance: tuple[str, ...] = ()
    maintenance_stops: bool = False
    hook: str | None = None


SOURCES = Kind(Source, name="source", indexed=("connector",), text=("id", "connector"))
