"""Switches, routers and hosts that speak SNMP: what they are, their interfaces, and what hangs on which port."""

from discovery.connectors.snmp_network.config import SnmpSettings
from discovery.connectors.snmp_network.fetch import fetch, targets
from discovery.connectors.snmp_network.notes import NOTES
from discovery.connectors.snmp_network.shape import shape
from discovery.ports import Connector

CONNECTOR = Connector(
    name="snmp_network",
    purpose="Switches, routers and hosts over SNMP: interfaces, cabling, addresses, redundancy",
    settings=SnmpSettings,
    targets=targets,
    fetch=fetch,
    shape=shape,
    classes=("switch", "router", "network_device", "server", "interface", "vip"),
    extra="snmp",
    at_once=16,
    seconds=900.0,
    notes=NOTES,
    ids_of_source=True,
)
