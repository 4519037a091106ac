"""Walks a table of an agent to its end, or to a limit: an agent may answer slowly, garbage, in circles or for ever."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from discovery.connectors.snmp_network.agent import Agent, Silent, TooMuch
from discovery.connectors.snmp_network.tables import Oid, Table
from discovery.connectors.snmp_network.values import Value
from discovery.ports import Part

MOST_CHARACTERS = 64 * 1024 * 1024
"""So much text of one table is kept, however few rows it has."""

Columns = dict[str, dict[str, Value]]


class _Cut(Exception):
    """The walk ends before the table does; the one argument says why."""


def walk(agent: Agent, table: Table, settings: Mapping[str, Any]) -> Part:
    """
    Return the part of one table: ``{"columns": {COLUMN: {INDEX: VALUE}}}``, and ``because`` where it was cut.

    ``because`` is "silent" (no answer in time), "rows" or "size" (a limit of ours), "circle" (the OIDs do not
    increase), "garbage" (an answer without values) or "refused" (it can not answer even for one value).

    Raises:
        TargetError: the credential was refused, or the answer is no SNMP.
    """
    columns: Columns = {}
    room = [MOST_CHARACTERS]
    try:
        for first, last in table.columns:
            _range(agent, table.root, (first, last), settings, columns, room)
    except Silent:
        return _part(table, columns, "silent")
    except _Cut as cut:
        return _part(table, columns, str(cut))
    return _part(table, columns)


def _part(table: Table, columns: Columns, because: str = "") -> Part:
    body: dict[str, Any] = {"columns": columns}
    if because:
        body["because"] = because
    return Part(table.name, body, whole=not because)


def _range(
    agent: Agent, root: Oid, wanted: tuple[int, int], settings: Mapping[str, Any], columns: Columns, room: list[int]
) -> None:
    """Read neighbouring columns in one walk, putting what is found into ``columns``."""
    at, end = (*root, wanted[0]), (*root, wanted[1] + 1)
    repetitions = settings["repetitions"]
    while True:
        try:
            found = agent.next(at, repetitions)
        except TooMuch:
            if repetitions == 1:
                raise _Cut("refused") from None
            repetitions //= 2
            continue
        if not found:
            raise _Cut("garbage")
        for oid, value in found:
            if value is None or oid >= end:
                return
            if oid <= at:
                raise _Cut("circle")
            at = oid
            _keep(columns, oid[len(root) :], value, settings["rows"], room)


def _keep(columns: Columns, where: Oid, value: Value, most: int, room: list[int]) -> None:
    column = columns.setdefault(str(where[0]), {})
    if len(column) >= most:
        raise _Cut("rows")
    index = ".".join(map(str, where[1:]))
    room[0] -= len(index) + (len(value) if isinstance(value, str) else 8)
    if room[0] < 0:
        raise _Cut("size")
    column[index] = value
