"""Backstage: what teams declare of their components, APIs and resources, and of what these depend on."""

from discovery.connectors.backstage.config import BackstageSettings
from discovery.connectors.backstage.fetch import fetch, targets
from discovery.connectors.backstage.notes import NOTES
from discovery.connectors.backstage.shape import CLASSES, shape
from discovery.ports import Connector

CONNECTOR = Connector(
    name="backstage",
    purpose="Components, APIs, resources, systems and teams from catalog-info.yaml files or Backstage's catalog API",
    settings=BackstageSettings,
    targets=targets,
    fetch=fetch,
    shape=shape,
    classes=CLASSES,
    at_once=1,
    seconds=600.0,
    notes=NOTES,
    ids_of_source=True,
)
