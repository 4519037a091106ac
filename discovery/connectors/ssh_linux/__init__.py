"""Linux hosts over SSH: agentless, by read-only commands that are published in the README."""

from discovery.connectors.ssh_linux.config import SshLinuxSettings
from discovery.connectors.ssh_linux.fetch import fetch, targets
from discovery.connectors.ssh_linux.notes import NOTES
from discovery.connectors.ssh_linux.shape import CLASSES, shape
from discovery.ports import Connector

CONNECTOR = Connector(
    name="ssh_linux",
    purpose="Linux hosts, their software, who talks to whom, pools and virtual addresses, over SSH",
    settings=SshLinuxSettings,
    targets=targets,
    fetch=fetch,
    shape=shape,
    classes=CLASSES,
    extra="ssh",
    at_once=8,
    notes=NOTES,
    ids_of_source=True,
)
