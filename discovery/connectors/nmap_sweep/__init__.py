"""Ranges of addresses looked at from outside: what answers there, and at which ports."""

from discovery.connectors.nmap_sweep.config import NmapSettings
from discovery.connectors.nmap_sweep.fetch import fetch, targets
from discovery.connectors.nmap_sweep.notes import NOTES
from discovery.connectors.nmap_sweep.shape import shape
from discovery.ports import Connector

CONNECTOR = Connector(
    name="nmap_sweep",
    purpose="Devices nobody manages, and open ports, by sweeping ranges of addresses with nmap",
    settings=NmapSettings,
    targets=targets,
    fetch=fetch,
    shape=shape,
    classes=("server",),
    at_once=1,
    seconds=3_600.0,
    notes=NOTES,
    ids_of_source=True,
)
