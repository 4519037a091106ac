"""ServiceNow: the tables of its CMDB and the relations between their records."""

from discovery.connectors.servicenow.config import ServiceNowSettings
from discovery.connectors.servicenow.fetch import fetch, targets
from discovery.connectors.servicenow.notes import NOTES
from discovery.connectors.servicenow.shape import CLASSES, shape
from discovery.ports import Connector

CONNECTOR = Connector(
    name="servicenow",
    purpose="CIs and their relations from ServiceNow's CMDB tables, by its Table API or from exported files",
    settings=ServiceNowSettings,
    targets=targets,
    fetch=fetch,
    shape=shape,
    classes=CLASSES,
    at_once=1,
    seconds=3_600.0,
    notes=NOTES,
    ids_of_source=True,
)
