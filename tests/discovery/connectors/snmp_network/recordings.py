"""A recorded device as the parts that reading it over the network gives, without a network."""

from __future__ import annotations

from types import SimpleNamespace

from discovery.connectors.snmp_network.agent import Agent, library
from discovery.connectors.snmp_network.tables import FIRST_ADDRESSES, SCALARS, TABLES
from discovery.connectors.snmp_network.values import mac
from discovery.ports import Part
from tests.discovery.connectors.snmp_network.responder import Values


def parts_of(values: Values) -> list[Part]:
    """Return the parts of what a device holds."""
    plain = {oid: Agent._plain(SimpleNamespace(_pysnmp=library()), value) for oid, value in sorted(values.items())}
    system = {name: plain[oid] for name, oid in SCALARS.items() if oid in plain}
    bases = (mac(value) for oid, value in plain.items() if oid[:-1] == FIRST_ADDRESSES)
    parts = [Part("system", {**system, "base_mac": next(filter(None, bases), "")})]
    for table in TABLES:
        columns: dict = {}
        for oid, value in plain.items():
            rest = oid[len(table.root) :]
            if oid[: len(table.root)] == table.root and any(low <= rest[0] <= high for low, high in table.columns):
                columns.setdefault(str(rest[0]), {})[".".join(map(str, rest[1:]))] = value
        parts.append(Part(table.name, {"columns": columns}))
    return parts
