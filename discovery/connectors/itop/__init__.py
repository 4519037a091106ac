"""iTop: its configuration items, the links between them, and how much redundancy its users said there is."""

from discovery.connectors.itop.config import ITopSettings
from discovery.connectors.itop.fetch import fetch, targets
from discovery.connectors.itop.notes import NOTES
from discovery.connectors.itop.shape import CLASSES, shape
from discovery.ports import Connector

CONNECTOR = Connector(
    name="itop",
    purpose="CIs, links and redundancy settings from iTop, by its REST/JSON API or from exported CSV and XML",
    settings=ITopSettings,
    targets=targets,
    fetch=fetch,
    shape=shape,
    classes=CLASSES,
    at_once=1,
    seconds=1_800.0,
    notes=NOTES,
    ids_of_source=True,
)
