"""Amazon Web Services: what an account rents in a region, read from the provider's own books."""

from discovery.connectors.aws.config import AwsSettings
from discovery.connectors.aws.fetch import fetch, targets
from discovery.connectors.aws.notes import NOTES
from discovery.connectors.aws.shape import CLASSES, shape
from discovery.ports import Connector

CONNECTOR = Connector(
    name="aws",
    purpose="Networks, machines, disks, load balancers and databases of AWS accounts, region by region",
    settings=AwsSettings,
    targets=targets,
    fetch=fetch,
    shape=shape,
    classes=CLASSES,
    extra="aws",
    at_once=4,
    seconds=600.0,
    notes=NOTES,
    ids_of_source=True,
)
