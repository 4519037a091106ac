"""Terraform: what a state, or the state that a plan was made from, lists as built."""

from discovery.connectors.terraform.config import TerraformSettings
from discovery.connectors.terraform.fetch import fetch, targets
from discovery.connectors.terraform.notes import NOTES
from discovery.connectors.terraform.resource_types import CLASSES
from discovery.connectors.terraform.shape import shape
from discovery.ports import Connector

CONNECTOR = Connector(
    name="terraform",
    purpose="What Terraform built and what each of it was built upon, from state files and `terraform show -json`",
    settings=TerraformSettings,
    targets=targets,
    fetch=fetch,
    shape=shape,
    classes=CLASSES,
    notes=NOTES,
    ids_of_source=True,
)
