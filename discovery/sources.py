"""The desk of sources: what discovery looks at, and with which settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from marshmallow import ValidationError

from cmdb import crontab
from cmdb import maintenance as maintenance_text
from cmdb.configuration.schema_faults import schema_faults
from cmdb.context import Context
from cmdb.errors import InvalidInput, Problem
from cmdb.exchange.estate import is_name
from cmdb.model.source import SOURCES, Source
from cmdb.records import Held, Listing
from discovery.ports import Connector, Secret
from discovery.registry import connector_of

MOST_AT_ONCE = 256
MOST_JITTER = 3600
"""Seconds."""


def put(
    context: Context,
    source: str,
    connector: str,
    settings: Mapping[str, Any],
    *,
    at_once: int | None = None,
    requests_a_second: float | None = None,
    schedule: str | None = None,
    jitter: int = 0,
    enabled: bool = True,
    maintenance: Sequence[str] = (),
    maintenance_stops: bool = False,
    hook: str | None = None,
    expected_version: int | None = None,
) -> Held[Source]:
    """
    Enter a source, or change it; ``schedule`` is a crontab of five fields in UTC.

    ``maintenance`` are windows in which it is not run by itself, as :mod:`cmdb.maintenance` tells; ``hook`` is the
    reference of the secret that calls from outside are signed with.

    Raises:
        NotAllowed: the actor may not define sources.
        NotFound: there is no such connector.
        InvalidInput: all that is wrong with its name and settings.
        VersionConflict: it is not at ``expected_version`` (0: not there).
    """
    context.allow("source:define")
    found = connector_of(connector)
    problems = [
        *_name_problems(source),
        *_figure_problems(at_once, requests_a_second),
        *_when(schedule, jitter),
        *maintenance_text.problems_of(maintenance, "/maintenance"),
        *_hook_problems(hook),
    ]
    _, wrong = _loaded(found, settings)
    if problems or wrong:
        raise InvalidInput([*problems, *wrong], what=f"source {source}")
    when = None if schedule is None else crontab.kept(schedule)
    record = Source(
        source,
        connector,
        dict(settings),
        at_once,
        requests_a_second,
        when,
        jitter,
        enabled,
        tuple(maintenance_text.kept(each) for each in maintenance),
        maintenance_stops,
        hook,
    )
    return context.records.put(SOURCES, record, because="source:put", expected_version=expected_version)


def enable(context: Context, source: str, *, enabled: bool, expected_version: int | None = None) -> Held[Source]:
    """Let a source be run, or not; raises NotAllowed, NotFound, and VersionConflict as :func:`put`."""
    context.allow("source:define")
    held = context.records.held(SOURCES, source)
    changed = replace(held.record, enabled=enabled)
    seen = held.version if expected_version is None else expected_version
    return context.records.put(SOURCES, changed, because="source:put", expected_version=seen)


def get(context: Context, source: str) -> Held[Source]:
    """Return a source; raises NotAllowed and NotFound."""
    context.allow("source:read")
    return context.records.held(SOURCES, source)


def listing(context: Context, *, after: str | None = None, limit: int = 100) -> Listing[Source]:
    """Return sources by name; raises NotAllowed."""
    context.allow("source:read")
    return context.records.listing(SOURCES, after=after, limit=limit)


def settings_of(source: Source, connector: Connector) -> Any:
    """
    Return the settings of a source as its connector takes them.

    Raises:
        InvalidInput: they are no longer right for it; all that is wrong is named.
    """
    loaded, wrong = _loaded(connector, source.settings)
    if wrong:
        raise InvalidInput(wrong, what=f"source {source.id}", setting=True)
    return loaded


def _loaded(connector: Connector, settings: Mapping[str, Any]) -> tuple[Any, list[Problem]]:
    schema = connector.settings()
    try:
        return schema.load(settings), []
    except ValidationError as error:
        faults = schema_faults(error.messages, schema, "/settings")
        return None, [Problem("source.setting", "{message}", {"message": said}, place) for place, said in faults]


def _name_problems(source: str) -> Iterator[Problem]:
    if not is_name(source) or ":" in source or "/" in source:
        sentence = (
            "{source!r} can not be the name of a source; right would be a short name without : and /, such as dc1"
        )
        yield Problem("source.name", sentence, {"source": source}, "/id")


def _figure_problems(at_once: int | None, requests_a_second: float | None) -> Iterator[Problem]:
    if at_once is not None and not 0 < at_once <= MOST_AT_ONCE:
        sentence = "{value} targets can not be read at one time; a number from 1 to {most} would be right"
        yield Problem("source.at_once", sentence, {"value": at_once, "most": MOST_AT_ONCE}, "/at_once")
    if requests_a_second is not None and not 0 < requests_a_second <= 1_000_000:
        sentence = "{value} is no number of requests a second; 10 would be right"
        yield Problem("source.requests_a_second", sentence, {"value": requests_a_second}, "/requests_a_second")


def _hook_problems(hook: str | None) -> Iterator[Problem]:
    try:
        Secret().deserialize(hook) if hook is not None else None
    except ValidationError as error:
        yield from (Problem("source.hook", "the hook {message}", {"message": each}, "/hook") for each in error.messages)


def _when(schedule: str | None, jitter: int) -> Iterator[Problem]:
    fault = None if schedule is None else crontab.problem_of(schedule, "/schedule")
    if fault is not None:
        yield fault
    if not 0 <= jitter <= MOST_JITTER:
        sentence = "a run can not begin up to {value} s later; a number from 0 to {most} would be right"
        yield Problem("source.jitter", sentence, {"value": jitter, "most": MOST_JITTER}, "/jitter")
