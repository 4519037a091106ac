"""The devices that a shelf controller lists, over its JSON API."""

from discovery.ports import Connector
from foreshock_shelf.config import ShelfSettings
from foreshock_shelf.fetch import fetch, targets
from foreshock_shelf.notes import NOTES
from foreshock_shelf.shape import CLASSES, shape

CONNECTOR = Connector(
    name="shelf",
    purpose="Servers, switches and power strips that a shelf controller lists",
    settings=ShelfSettings,
    targets=targets,
    fetch=fetch,
    shape=shape,
    classes=CLASSES,
    notes=NOTES,
)
