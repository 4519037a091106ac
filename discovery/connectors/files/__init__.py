"""Files in a folder: tables, estates, compose files and bills of materials."""

from discovery.connectors.files.classes import CLASSES
from discovery.connectors.files.config import FilesSettings
from discovery.connectors.files.fetch import fetch, targets
from discovery.connectors.files.notes import NOTES
from discovery.connectors.files.shape import shape
from discovery.ports import Connector

CONNECTOR = Connector(
    name="files",
    purpose="Reads tables (CSV, Excel, JSON, YAML), estates, compose files and bills of materials from a folder.",
    settings=FilesSettings,
    targets=targets,
    fetch=fetch,
    shape=shape,
    classes=CLASSES,
    extra="excel",
    notes=NOTES,
    ids_of_source=True,
)
