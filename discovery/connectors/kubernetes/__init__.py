"""Kubernetes: what a cluster's API lists, or what the manifests of one say."""

from discovery.connectors.kubernetes.config import KubernetesSettings
from discovery.connectors.kubernetes.fetch import fetch, targets
from discovery.connectors.kubernetes.notes import NOTES
from discovery.connectors.kubernetes.shape import CLASSES, shape
from discovery.ports import Connector

CONNECTOR = Connector(
    name="kubernetes",
    purpose="Nodes, workloads, services, ingresses and volumes of a cluster, from its API or from manifests",
    settings=KubernetesSettings,
    targets=targets,
    fetch=fetch,
    shape=shape,
    classes=CLASSES,
    at_once=1,
    seconds=600.0,
    notes=NOTES,
    ids_of_source=True,
)
