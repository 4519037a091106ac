"""NetBox: what its books say of sites, racks, devices, cabling, power, addresses and circuits."""

from discovery.connectors.netbox.config import NetBoxSettings
from discovery.connectors.netbox.fetch import fetch, targets
from discovery.connectors.netbox.notes import NOTES
from discovery.connectors.netbox.shape import CLASSES, shape
from discovery.ports import Connector

CONNECTOR = Connector(
    name="netbox",
    purpose="Sites, racks, devices, cabling, power, addresses and circuits from NetBox's API or a dump of its database",
    settings=NetBoxSettings,
    targets=targets,
    fetch=fetch,
    shape=shape,
    classes=CLASSES,
    at_once=1,
    seconds=1_800.0,
    notes=NOTES,
    ids_of_source=True,
)
