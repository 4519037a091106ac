"""States for the tests: one of the file's version 4 and the same as `terraform show -json` prints it."""

from __future__ import annotations

import json
from typing import Any

LINEAGE = "8a1f6d0e-31c4-4b77-9b1c-6f3f5e2d7a10"
PLANTED = "planted-Pa55word"
"""Stands wherever a state holds a secret, and must come out nowhere."""

AWS = 'provider["registry.terraform.io/hashicorp/aws"]'
KUBERNETES = 'provider["registry.terraform.io/hashicorp/kubernetes"]'


def resource(
    kind: str, name: str, *instances: dict[str, Any], module: str = "", mode: str = "managed"
) -> dict[str, Any]:
    """Return a block of a state file with its instances."""
    provider = KUBERNETES if kind.startswith("kubernetes") else AWS
    body = {"mode": mode, "type": kind, "name": name, "provider": provider, "instances": list(instances)}
    return {"module": module, **body} if module else body


def instance(attributes: dict[str, Any], *depends_on: str, key: Any = None, **more: Any) -> dict[str, Any]:
    """Return one instance of a block."""
    body: dict[str, Any] = {"schema_version": 1, "attributes": attributes, "dependencies": list(depends_on), **more}
    return body if key is None else {"index_key": key, **body}


def secret(*names: str) -> list[list[dict[str, str]]]:
    """Return the sensitive_attributes of an instance."""
    return [[{"type": "get_attr", "value": name}] for name in names]


def web(number: int) -> dict[str, Any]:
    """Return one of the two web servers of :func:`shop`."""
    return instance(
        {
            "id": f"i-0a00000000000000{number}",
            "arn": f"arn:aws:ec2:eu-central-1:123456789012:instance/i-0a00000000000000{number}",
            "instance_type": "m5.large",
            "private_ip": f"10.0.1.1{number}",
            "private_dns": f"ip-10-0-1-1{number}.eu-central-1.compute.internal",
            "subnet_id": f"subnet-0b0000000000000{number}",
            "user_data": f"#!/bin/sh\nexport DB_PASSWORD={PLANTED}",
            "tags": {"Name": f"web{number}", "team": "shop"},
        },
        "aws_subnet.app",
        "aws_vpc.main",
        "data.aws_ami.debian",
        key=number,
    )


def shop() -> dict[str, Any]:
    """Return a state file: a network of two subnets, two web servers, a database, a bucket, and a workload."""
    arn = "arn:aws:{}:eu-central-1:123456789012:{}"
    vpc = {
        "id": "vpc-0c00000000000001",
        "cidr_block": "10.0.0.0/16",
        "arn": arn.format("ec2", "vpc/vpc-0c00000000000001"),
    }
    subnets = (
        instance(
            {"id": f"subnet-0b0000000000000{n}", "cidr_block": f"10.0.{n}.0/24", "vpc_id": vpc["id"]},
            "aws_vpc.main",
            key=n,
        )
        for n in (1, 2)
    )
    database = {
        "id": "db-ABCDEFGH",
        "arn": arn.format("rds", "db:shop"),
        "identifier": "shop",
        "engine": "postgres",
        "engine_version_actual": "16.4",
        "port": 5432,
        "address": "shop.abc.eu-central-1.rds.amazonaws.com",
        "username": "shop",
        "password": PLANTED,
        "tags": {"note": PLANTED},
        "allocated_storage": 100,
    }
    kept = {
        "id": arn.format("secretsmanager", "secret:db"),
        "arn": arn.format("secretsmanager", "secret:db"),
        "name": "db",
    }
    version = {**kept, "id": f"{kept['id']}|v1", "secret_string": PLANTED}
    deployment = {
        "id": "shop/cart",
        "metadata": [
            {
                "name": "cart",
                "namespace": "shop",
                "uid": "7e0a5c52-1f9b-44a6-8a8c-5a2c6f0d9b11",
                "labels": {"app": "cart"},
                "annotations": {},
            }
        ],
        "spec": [{"replicas": "2", "template": [{"spec": [{"container": [{"env": [{"value": PLANTED}]}]}]}]}],
    }
    return {
        "version": 4,
        "terraform_version": "1.11.4",
        "serial": 12,
        "lineage": LINEAGE,
        "outputs": {"password": {"value": PLANTED, "type": "string", "sensitive": True}},
        "resources": [
            resource("aws_ami", "debian", instance({"id": "ami-0d00000000000001"}), mode="data"),
            resource("aws_vpc", "main", instance(vpc)),
            resource("aws_subnet", "app", *subnets),
            resource("aws_instance", "web", web(1), web(2)),
            resource(
                "aws_db_instance",
                "shop",
                instance(database, "aws_vpc.main", sensitive_attributes=secret("password", "tags")),
                module="module.data",
            ),
            resource("aws_secretsmanager_secret", "db", instance(kept)),
            resource("aws_secretsmanager_secret_version", "db", instance(version, "aws_secretsmanager_secret.db")),
            resource(
                "kubernetes_deployment_v1",
                "cart",
                instance(deployment, "module.data.aws_db_instance.shop", "aws_vpc.main", status="tainted"),
            ),
        ],
        "check_results": None,
    }


def as_bytes(document: Any) -> bytes:
    """Return a document as its file has it."""
    return json.dumps(document, indent=2).encode()
