"""
Which class each Terraform type is of, and which of its values are taken: everything this connector knows of providers.

A value that no row names is never taken. A row maps attributes of the class to paths of the resource's values
(``metadata.0.name``), with the kind of the value after a colon where it is no text (``values.py`` has the kinds).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

REST = "cloud_resource"
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ResourceType:
    """
    What a type is in the catalogue.

    ``attributes`` are taken from the values, ``fixed`` are known from the type alone. ``identifiers`` pair the kind of
    an identifier with a path. ``kind`` is the Kubernetes kind of an object that a cluster lists. ``name`` is the path
    of what it is called.
    """

    ci_class: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    identifiers: tuple[tuple[str, str], ...] = ()
    kind: str | None = None
    name: str = "name"

    def paths(self) -> tuple[str, ...]:
        """Return every path whose value is taken, sorted."""
        attributes = (path.partition(":")[0] for path in self.attributes.values())
        return tuple(
            sorted({*attributes, *(path for _, path in self.identifiers), self.name, *(_OBJECT if self.kind else ())})
        )


_OBJECT = ("metadata.0.name", "metadata.0.namespace", "metadata.0.uid")


def _of(
    ci_class: str,
    *identifiers: tuple[str, str],
    name: str = "name",
    fixed: Mapping[str, str] = NOTHING,
    also: Mapping[str, str] = NOTHING,
    **attributes: str,
) -> ResourceType:
    return ResourceType(ci_class, {**also, **attributes}, fixed, identifiers, name=name)


def _object(ci_class: str, kind: str, **attributes: str) -> ResourceType:
    fixed = {"kind": kind} if ci_class == "kubernetes_workload" else {}
    namespaced = {} if ci_class == "kubernetes_namespace" else {"namespace": "metadata.0.namespace"}
    mapped = {**namespaced, "uid": "metadata.0.uid", **attributes}
    return ResourceType(ci_class, mapped, fixed, (), kind, "metadata.0.name")


def _rented(ci_class: str = REST, **attributes: str) -> ResourceType:
    return _of(ci_class, also=attributes, cloud_id="id")


_WORKLOAD = {"replicas": "spec.0.replicas:int"}
_AZURE_VM = {"cloud_id": "id", "flavor": "size", "ip_addresses": "private_ip_addresses:ips"}
_SERVICE = {"type": "spec.0.type:service_type", "cluster_ip": "spec.0.cluster_ip:ip"}
_AWS_DB = {"engine": "engine", "version": "engine_version_actual", "port": "port:port", "cloud_id": "arn"}

TYPES: Mapping[str, ResourceType] = {
    # AWS
    "aws_instance": _of(
        "virtual_machine",
        ("ip", "private_ip"),
        ("fqdn", "private_dns"),
        cloud_id="id",
        flavor="instance_type",
        fqdn="private_dns:fqdn",
        ip_addresses="private_ip:ips",
    ),
    "aws_vpc": _rented("virtual_network", cidr="cidr_block:cidr", region="region"),
    "aws_subnet": _of("subnet", cidr="cidr_block:cidr"),
    "aws_security_group": _rented("security_group", region="region"),
    "aws_autoscaling_group": _of(
        "auto_scaling_group",
        cloud_id="arn",
        minimum="min_size:int",
        maximum="max_size:int",
        desired="desired_capacity:int",
        region="region",
    ),
    "aws_lb": _of("load_balancer", ("fqdn", "dns_name"), fqdn="dns_name:fqdn"),
    "aws_alb": _of("load_balancer", ("fqdn", "dns_name"), fqdn="dns_name:fqdn"),
    "aws_elb": _of("load_balancer", ("fqdn", "dns_name"), fqdn="dns_name:fqdn"),
    "aws_db_instance": _of("database_instance", ("fqdn", "address"), name="identifier", also=_AWS_DB),
    "aws_rds_cluster": _of("database_cluster", ("fqdn", "endpoint"), name="cluster_identifier", also=_AWS_DB),
    "aws_rds_cluster_instance": _of("database_instance", ("fqdn", "endpoint"), name="identifier", also=_AWS_DB),
    "aws_elasticache_cluster": _of(
        "cache", name="cluster_id", engine="engine", version="engine_version_actual", port="port:port", cloud_id="arn"
    ),
    "aws_elasticache_replication_group": _of(
        "cache", name="replication_group_id", engine="engine", version="engine_version_actual", cloud_id="arn"
    ),
    "aws_sqs_queue": _of("message_queue", fixed={"kind": "queue"}),
    "aws_sns_topic": _of("message_queue", fixed={"kind": "topic"}),
    "aws_kinesis_stream": _of("message_queue", fixed={"kind": "stream"}),
    "aws_mq_broker": _of(
        "message_broker", name="broker_name", engine="engine_type", version="engine_version", cloud_id="arn"
    ),
    "aws_msk_cluster": _of(
        "message_broker", name="cluster_name", fixed={"engine": "kafka"}, version="kafka_version", cloud_id="arn"
    ),
    "aws_lambda_function": _of(
        "serverless_function",
        name="function_name",
        cloud_id="arn",
        runtime="runtime",
        memory_mb="memory_size:int",
        region="region",
    ),
    "aws_ebs_volume": _of("volume", cloud_id="id", capacity_gb="size:int"),
    "aws_efs_file_system": _of("file_share", fixed={"protocol": "nfs"}, cloud_id="id"),
    "aws_s3_bucket": _of("object_bucket", name="bucket", cloud_id="arn", region="region"),
    "aws_route53_zone": _of("dns_zone", zone="name", name_servers="name_servers:texts"),
    "aws_eks_cluster": _of("kubernetes_cluster", version="version", fixed={"distribution": "eks"}),
    "aws_vpn_connection": _of("vpn_tunnel", name="id", remote_ip="tunnel1_address:ip"),
    # Azure
    "azurerm_linux_virtual_machine": _of("virtual_machine", ("ip", "private_ip_address"), also=_AZURE_VM),
    "azurerm_windows_virtual_machine": _of("virtual_machine", ("ip", "private_ip_address"), also=_AZURE_VM),
    "azurerm_virtual_network": _rented("virtual_network", cidr="address_space.0:cidr", region="location"),
    "azurerm_subnet": _of("subnet", cidr="address_prefixes.0:cidr"),
    "azurerm_network_security_group": _rented("security_group", region="location"),
    "azurerm_lb": _of("load_balancer"),
    "azurerm_kubernetes_cluster": _of(
        "kubernetes_cluster", version="kubernetes_version", fixed={"distribution": "aks"}
    ),
    "azurerm_postgresql_flexible_server": _of(
        "database_instance", ("fqdn", "fqdn"), fixed={"engine": "postgresql"}, version="version", cloud_id="id"
    ),
    "azurerm_mysql_flexible_server": _of(
        "database_instance", ("fqdn", "fqdn"), fixed={"engine": "mysql"}, version="version", cloud_id="id"
    ),
    "azurerm_managed_disk": _of("volume", cloud_id="id", capacity_gb="disk_size_gb:int"),
    "azurerm_storage_container": _of("object_bucket"),
    # Google
    "google_compute_instance": _of(
        "virtual_machine",
        ("ip", "network_interface.0.network_ip"),
        cloud_id="self_link",
        flavor="machine_type",
        ip_addresses="network_interface.0.network_ip:ips",
    ),
    "google_compute_network": _of("virtual_network", cloud_id="self_link"),
    "google_compute_subnetwork": _of("subnet", cidr="ip_cidr_range:cidr", gateway="gateway_address:ip"),
    "google_compute_firewall": _of("security_group", cloud_id="self_link"),
    "google_compute_disk": _of("volume", cloud_id="self_link", capacity_gb="size:int"),
    "google_container_cluster": _of("kubernetes_cluster", version="master_version", fixed={"distribution": "gke"}),
    "google_sql_database_instance": _of(
        "database_instance", ("ip", "private_ip_address"), engine="database_version", cloud_id="self_link"
    ),
    "google_storage_bucket": _of("object_bucket", cloud_id="self_link", region="location"),
    "google_pubsub_topic": _of("message_queue", fixed={"kind": "topic"}),
    # Kubernetes; the newer names of the same types end with their version.
    "kubernetes_namespace": _object("kubernetes_namespace", "Namespace"),
    "kubernetes_deployment": _object("kubernetes_workload", "Deployment", **_WORKLOAD),
    "kubernetes_stateful_set": _object("kubernetes_workload", "StatefulSet", **_WORKLOAD),
    "kubernetes_daemonset": _object("kubernetes_workload", "DaemonSet"),
    "kubernetes_daemon_set": _object("kubernetes_workload", "DaemonSet"),
    "kubernetes_job": _object("kubernetes_workload", "Job"),
    "kubernetes_cron_job": _object("kubernetes_workload", "CronJob"),
    "kubernetes_service": _object("kubernetes_service", "Service", **_SERVICE),
    "kubernetes_ingress": _object("kubernetes_ingress", "Ingress"),
    "kubernetes_pod": _object("kubernetes_pod", "Pod"),
    # Others
    "openstack_compute_instance_v2": _of(
        "virtual_machine", ("ip", "access_ip_v4"), cloud_id="id", flavor="flavor_name", ip_addresses="access_ip_v4:ips"
    ),
    "vsphere_virtual_machine": _of(
        "virtual_machine",
        ("uuid", "uuid"),
        ("ip", "default_ip_address"),
        uuid="uuid",
        cpu_cores="num_cpus:int",
        memory_mb="memory:int",
        ip_addresses="guest_ip_addresses:ips",
    ),
    "docker_container": _of("container", image="image", container_id="id", fixed={"runtime": "docker"}),
    "cloudflare_zone": _of("dns_zone", name="zone", zone="zone", name_servers="name_servers:texts"),
}

_UNKNOWN = _rented(region="region")

CLASSES = tuple(sorted({REST, *(each.ci_class for each in TYPES.values())}))

LABELS = ("tags_all", "tags", "effective_labels", "labels", "metadata.0.annotations", "metadata.0.labels")
"""Where the providers keep what people wrote on a thing; a later one counts before an earlier one."""


def type_of(name: str) -> ResourceType:
    """
    Return what is known of a type, and for one that nothing is known of that it is a cloud resource.

    >>> type_of("kubernetes_deployment_v1").ci_class, type_of("random_pet").ci_class
    ('kubernetes_workload', 'cloud_resource')
    """
    return TYPES.get(name) or TYPES.get(_without_version(name)) or _UNKNOWN


def is_known(name: str) -> bool:
    """Tell whether a type has a row."""
    return name in TYPES or _without_version(name) in TYPES


def _without_version(name: str) -> str:
    stem, _, last = name.rpartition("_")
    return stem if name.startswith("kubernetes_") and last in ("v1", "v2", "v1beta1") else name
