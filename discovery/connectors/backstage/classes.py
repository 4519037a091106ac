"""The class of an entity, by its kind and type; types are free words in Backstage."""

from __future__ import annotations

import re
from collections.abc import Mapping

KINDS = {
    "component": "application_component",
    "api": "endpoint",
    "resource": "external_service",
    "system": "application",
    "domain": "business_service",
    "group": "team",
}
# The first row of which a word is in the type decides.
_RESOURCES: tuple[tuple[str, frozenset[str]], ...] = tuple(
    (ci_class, frozenset(words.split()))
    for ci_class, words in (
        ("object_bucket", "bucket s3 gcs blob"),
        ("kubernetes_cluster", "kubernetes k8s eks gke aks cluster"),
        ("message_queue", "queue topic stream sqs sns"),
        ("message_broker", "broker kafka rabbitmq activemq nats pubsub"),
        ("cache", "cache redis memcached valkey"),
        ("database", "database db schema postgres postgresql mysql mariadb mongodb oracle dynamodb"),
        ("virtual_machine", "vm machine instance"),
        ("server", "server host"),
        ("load_balancer", "balancer loadbalancer"),
        ("serverless_function", "lambda function"),
        ("volume", "volume disk"),
        ("file_share", "share nfs smb"),
        ("certificate", "certificate"),
    )
)
CLASSES = tuple(sorted({*KINDS.values(), *(ci_class for ci_class, _ in _RESOURCES), "service", "technical_service"}))


def class_of(kind: str, type_: str, types: Mapping[str, str]) -> tuple[str, bool]:
    """
    Return the class of an entity of a kind that is read, and whether anything said so.

    >>> class_of("resource", "postgres-database", {}), class_of("resource", "warehouse", {})
    (('database', True), ('external_service', False))
    >>> class_of("resource", "warehouse", {"resource/warehouse": "database"})
    ('database', True)
    """
    told = types.get(f"{kind}/{type_}")
    if told:
        return told, True
    if kind != "resource":
        return KINDS[kind], True
    words = set(re.findall("[a-z0-9]+", type_.lower()))
    found = next((ci_class for ci_class, some in _RESOURCES if words & some), None)
    return found or KINDS[kind], found is not None
