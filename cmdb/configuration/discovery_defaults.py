"""The rules of discovery that hold until an organisation sets its own."""

from __future__ import annotations

from cmdb.model.discovery_rules import ANY, Age, Ageing, DiscoveryRules, Fading
from cmdb.model.observation import EvidenceKind

RULES = DiscoveryRules(
    identifications=(
        ("cloud_id",),
        ("serial",),
        ("uuid",),
        ("machine_id",),
        ("kubernetes_uid",),
        ("terraform",),
        ("chassis_id",),
        ("kubernetes_name",),
        ("otel_service",),
        ("vip",),
        ("sys_name", "mac"),
        ("fqdn", "mac"),
        ("name",),
        ("fqdn", "ip"),
    ),
    junk={
        ANY: frozenset(
            (
                "none",
                "null",
                "n/a",
                "na",
                "unknown",
                "empty",
                "default",
                "default string",
                "not specified",
                "not available",
                "not applicable",
                "not provided",
                "invalid",
                "system serial number",
                "chassis serial number",
                "system manufacturer",
                "to be filled by o.e.m.",
                "to be filled by oem",
                "o.e.m.",
                "oem",
                "0123456789",
                "123456789",
                "1234567890",
                "xxxxxxxxxx",
            )
        ),
        # A UUID that boards of several makers were shipped with, and one that virtual machines get by default.
        "uuid": frozenset(("03000200-0400-0500-0006-000700080009", "12345678-1234-5678-90ab-cddeefaabbcc")),
        "sys_name": frozenset(("localhost", "switch", "router")),
    },
    precedence={
        ANY: (
            "ssh_linux",
            "kubernetes",
            "aws",
            "snmp_network",
            "terraform",
            "netbox",
            "servicenow",
            "itop",
            "backstage",
            "otlp_traces",
            "files",
            "nmap_sweep",
        ),
        # What people keep the books of is known best where the books are.
        **{
            f"*.{attribute}": ("netbox", "servicenow", "itop", "backstage", "files")
            for attribute in ("owner", "site", "asset_tag", "rack", "rack_position", "holder", "warranty_until", "cost")
        },
    },
    hours_to_live={ANY: 24.0, "ssh_linux": 72.0, "nmap_sweep": 168.0, "files": 24.0 * 31, "backstage": 168.0},
    fading={
        # A host can not be wrong about what runs on it.
        EvidenceKind.ITSELF: Fading(1.0),
        EvidenceKind.CONFIGURATION: Fading(0.9),
        EvidenceKind.INVENTORY: Fading(0.9),
        EvidenceKind.NEIGHBOUR: Fading(0.95),
        EvidenceKind.TRAFFIC_OUT: Fading(0.8, half_life_days=3.0),
        EvidenceKind.TRAFFIC_IN: Fading(0.8, half_life_days=3.0),
        EvidenceKind.TRACE: Fading(0.9, half_life_days=2.0),
        EvidenceKind.SCAN: Fading(0.2),
        EvidenceKind.DECLARED: Fading(1.0),
    },
    part=Ageing(missing=Age(0.0, 1), retired=Age(10.0, 7)),
    whole=Ageing(missing=Age(10.0, 7), retired=Age(30.0, 14)),
    proposing=frozenset(("nmap_sweep",)),
    labels={
        "owner": ("owner", "team", "app.kubernetes.io/managed-by-team", "backstage.io/owner"),
        "environment": ("environment", "env", "stage", "deployment.environment"),
        "tier": ("tier", "service-tier", "criticality"),
        "service": ("service", "service-name", "app.kubernetes.io/part-of"),
    },
)
