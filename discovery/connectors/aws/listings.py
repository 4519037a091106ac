"""What is asked of AWS, as a table: one row a listing, with the permission it needs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Listing:
    """
    One listing: ``operation`` of ``service``, whose answer holds its objects under ``key``.

    ``page`` is the most AWS gives at a time, 0 where it always gives all, and ``least`` the fewest that may be asked
    for. With ``of`` it is asked for what that listing gave: the value of ``each`` of every object as ``argument``,
    ``batch`` of them at a time (1: not as a list).
    """

    name: str
    service: str
    operation: str
    key: str
    permission: str
    page: int = 0
    least: int = 5
    of: str = ""
    each: str = ""
    argument: str = ""
    batch: int = 1


LISTINGS = (
    Listing("zones", "ec2", "describe_availability_zones", "AvailabilityZones", "ec2:DescribeAvailabilityZones"),
    Listing("vpcs", "ec2", "describe_vpcs", "Vpcs", "ec2:DescribeVpcs", 1_000),
    Listing("subnets", "ec2", "describe_subnets", "Subnets", "ec2:DescribeSubnets", 1_000),
    Listing(
        "security_groups", "ec2", "describe_security_groups", "SecurityGroups", "ec2:DescribeSecurityGroups", 1_000
    ),
    Listing("instances", "ec2", "describe_instances", "Reservations", "ec2:DescribeInstances", 1_000),
    Listing("volumes", "ec2", "describe_volumes", "Volumes", "ec2:DescribeVolumes", 1_000),
    Listing(
        "auto_scaling_groups",
        "autoscaling",
        "describe_auto_scaling_groups",
        "AutoScalingGroups",
        "autoscaling:DescribeAutoScalingGroups",
        100,
    ),
    Listing(
        "load_balancers",
        "elbv2",
        "describe_load_balancers",
        "LoadBalancers",
        "elasticloadbalancing:DescribeLoadBalancers",
        400,
    ),
    Listing(
        "listeners",
        "elbv2",
        "describe_listeners",
        "Listeners",
        "elasticloadbalancing:DescribeListeners",
        400,
        of="load_balancers",
        each="LoadBalancerArn",
        argument="LoadBalancerArn",
    ),
    Listing(
        "load_balancer_tags",
        "elbv2",
        "describe_tags",
        "TagDescriptions",
        "elasticloadbalancing:DescribeTags",
        of="load_balancers",
        each="LoadBalancerArn",
        argument="ResourceArns",
        batch=20,
    ),
    Listing(
        "target_groups",
        "elbv2",
        "describe_target_groups",
        "TargetGroups",
        "elasticloadbalancing:DescribeTargetGroups",
        400,
    ),
    Listing(
        "target_health",
        "elbv2",
        "describe_target_health",
        "TargetHealthDescriptions",
        "elasticloadbalancing:DescribeTargetHealth",
        of="target_groups",
        each="TargetGroupArn",
        argument="TargetGroupArn",
    ),
    Listing(
        "target_group_attributes",
        "elbv2",
        "describe_target_group_attributes",
        "Attributes",
        "elasticloadbalancing:DescribeTargetGroupAttributes",
        of="target_groups",
        each="TargetGroupArn",
        argument="TargetGroupArn",
    ),
    Listing(
        "target_group_tags",
        "elbv2",
        "describe_tags",
        "TagDescriptions",
        "elasticloadbalancing:DescribeTags",
        of="target_groups",
        each="TargetGroupArn",
        argument="ResourceArns",
        batch=20,
    ),
    Listing(
        "classic_load_balancers",
        "elb",
        "describe_load_balancers",
        "LoadBalancerDescriptions",
        "elasticloadbalancing:DescribeLoadBalancers",
        400,
    ),
    Listing(
        "classic_health",
        "elb",
        "describe_instance_health",
        "InstanceStates",
        "elasticloadbalancing:DescribeInstanceHealth",
        of="classic_load_balancers",
        each="LoadBalancerName",
        argument="LoadBalancerName",
    ),
    Listing(
        "classic_tags",
        "elb",
        "describe_tags",
        "TagDescriptions",
        "elasticloadbalancing:DescribeTags",
        of="classic_load_balancers",
        each="LoadBalancerName",
        argument="LoadBalancerNames",
        batch=20,
    ),
    Listing("db_instances", "rds", "describe_db_instances", "DBInstances", "rds:DescribeDBInstances", 100, 20),
    Listing("db_clusters", "rds", "describe_db_clusters", "DBClusters", "rds:DescribeDBClusters", 100, 20),
)

RESTS_ON = {
    "zones": ("zones",),
    "vpcs": ("vpcs",),
    "subnets": ("subnets",),
    "security_groups": ("security_groups",),
    "instances": ("instances",),
    "volumes": ("volumes",),
    "auto_scaling_groups": ("auto_scaling_groups",),
    "load_balancers": ("load_balancers", "listeners", "load_balancer_tags", "target_groups"),
    "target_groups": ("target_groups", "target_health", "target_group_attributes", "target_group_tags"),
    "classic_load_balancers": ("classic_load_balancers", "classic_health", "classic_tags"),
    "databases": ("db_instances", "db_clusters"),
}
"""The scopes of a target by their name below it, and the listings each of them rests on."""
