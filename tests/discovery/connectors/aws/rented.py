"""Rents a small estate from moto: accounts and regions with everything the connector looks for."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

BASE = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}


@dataclass
class Rented:
    """What was rented in one region of one account, by the class it should be found as."""

    ids: dict[str, set[str]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def add(self, ci_class: str, *ids: str) -> None:
        self.ids.setdefault(ci_class, set()).update(ids)


@cache
def _descriptions() -> Any:
    import botocore.session

    return botocore.session.Session().get_component("data_loader")


def client_of(service: str, **more: Any) -> Any:
    """Return a client whose description of AWS is read only once for all."""
    import boto3.session
    import botocore.session

    below = botocore.session.Session()
    below.register_component("data_loader", _descriptions())
    return boto3.session.Session(botocore_session=below).client(service, **more)


def keys_of(endpoint: str, account: str) -> dict[str, str]:
    """Return keys of a role in an account, as moto's own token service gives them."""
    sts = client_of("sts", region_name="us-east-1", endpoint_url=endpoint, **BASE)
    role = f"arn:aws:iam::{account}:role/foreshock"
    given = sts.assume_role(RoleArn=role, RoleSessionName="renting")["Credentials"]
    sts.close()
    return {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }


class Renter:
    """Rents in one region of one account."""

    def __init__(self, endpoint: str, account: str, region: str) -> None:
        self.account, self.region = account, region
        self._more = {"region_name": region, "endpoint_url": endpoint, **keys_of(endpoint, account)}
        self._clients: dict[str, Any] = {}
        self.rented = Rented()

    def client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = client_of(service, **self._more)
        return self._clients[service]

    def close(self) -> None:
        for client in self._clients.values():
            client.close()

    def rent(self, machines: int, reservations: int) -> Rented:
        """Rent one of everything, and so many machines in so many reservations."""
        self._note_what_is_given()
        self._networks()
        self._machines(machines, reservations)
        self._scaling()
        self._balancers()
        self._databases()
        return self.rented

    def _note_what_is_given(self) -> None:
        """A fresh account has a network, subnets and a security group in each region."""
        ec2, rented = self.client("ec2"), self.rented
        rented.add("cloud_account", self.account)
        rented.add("cloud_region", self.region)
        self.zones = ec2.describe_availability_zones()["AvailabilityZones"]
        rented.add("availability_zone", *(each["ZoneId"] for each in self.zones))
        rented.add("virtual_network", *(each["VpcId"] for each in ec2.describe_vpcs()["Vpcs"]))
        rented.add("subnet", *(each["SubnetId"] for each in ec2.describe_subnets()["Subnets"]))
        rented.add("security_group", *(each["GroupId"] for each in ec2.describe_security_groups()["SecurityGroups"]))

    def _networks(self) -> None:
        ec2, rented = self.client("ec2"), self.rented
        tags = [{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "shop"}, {"Key": "team", "Value": "shop"}]}]
        self.vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16", TagSpecifications=tags)["Vpc"]["VpcId"]
        rented.add("virtual_network", self.vpc)
        self.subnets = [
            ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"10.1.{at}.0/24", AvailabilityZone=zone["ZoneName"])["Subnet"][
                "SubnetId"
            ]
            for at, zone in enumerate(self.zones[:2])
        ]
        rented.add("subnet", *self.subnets)
        self.wall = ec2.create_security_group(GroupName="web", Description="web", VpcId=self.vpc)["GroupId"]
        given = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [self.vpc]}])["SecurityGroups"]
        rented.add("security_group", *(each["GroupId"] for each in given))

    def _machines(self, count: int, reservations: int) -> None:
        ec2, rented = self.client("ec2"), self.rented
        self.image = "ami-03cf127a"  # moto has it everywhere, and needs a second to list what it has.
        labels = [{"Key": "Name", "Value": "web"}, {"Key": "env", "Value": "live"}]
        self.machines: list[str] = []
        while len(self.machines) < count:
            some = 1 if len(self.machines) < reservations - 1 else count - len(self.machines)
            made = ec2.run_instances(
                ImageId=self.image,
                MinCount=some,
                MaxCount=some,
                SubnetId=self.subnets[len(self.machines) % 2],
                SecurityGroupIds=[self.wall],
                InstanceType="t3.micro",
                TagSpecifications=[{"ResourceType": "instance", "Tags": labels}],
            )
            self.machines += [each["InstanceId"] for each in made["Instances"]]
        gone = self.machines.pop()
        ec2.terminate_instances(InstanceIds=[gone])
        rented.names["gone"] = gone
        rented.add("virtual_machine", *self.machines)
        spare = ec2.create_volume(Size=50, AvailabilityZone=self.zones[0]["ZoneName"])["VolumeId"]
        rented.names["spare"] = spare

    def _scaling(self) -> None:
        scaling = self.client("autoscaling")
        scaling.create_launch_configuration(
            LaunchConfigurationName="web", ImageId=self.image, InstanceType="t3.micro", SecurityGroups=[self.wall]
        )
        scaling.create_auto_scaling_group(
            AutoScalingGroupName="web",
            LaunchConfigurationName="web",
            MinSize=2,
            MaxSize=6,
            DesiredCapacity=3,
            VPCZoneIdentifier=",".join(self.subnets),
            Tags=[{"Key": "team", "Value": "shop", "PropagateAtLaunch": False}],
        )
        group = scaling.describe_auto_scaling_groups()["AutoScalingGroups"][0]
        self.rented.add("auto_scaling_group", group["AutoScalingGroupARN"])
        self.rented.add("virtual_machine", *(each["InstanceId"] for each in group["Instances"]))
        disks = self.client("ec2").describe_volumes()["Volumes"]
        self.rented.add("volume", *(each["VolumeId"] for each in disks))

    def _balancers(self) -> None:
        new, old, rented = self.client("elbv2"), self.client("elb"), self.rented
        for name, pools in (("shop", 1), ("shared", 6)):
            made = new.create_load_balancer(Name=name, Subnets=self.subnets, SecurityGroups=[self.wall])
            balancer = made["LoadBalancers"][0]["LoadBalancerArn"]
            rented.add("load_balancer", balancer)
            rented.names[name] = balancer
            for at in range(pools):
                pool = new.create_target_group(
                    Name=f"{name}-{at}", Protocol="HTTP", Port=8080 + at, VpcId=self.vpc, TargetType="instance"
                )["TargetGroups"][0]["TargetGroupArn"]
                new.register_targets(TargetGroupArn=pool, Targets=[{"Id": each} for each in self.machines[:4]])
                new.create_listener(
                    LoadBalancerArn=balancer,
                    Protocol="HTTP",
                    Port=80 + at,
                    DefaultActions=[{"Type": "forward", "TargetGroupArn": pool}],
                )
                rented.add("cloud_resource", pool)
                rented.names[f"{name}-{at}"] = pool
            new.add_tags(ResourceArns=[balancer], Tags=[{"Key": "team", "Value": name}])
        old.create_load_balancer(
            LoadBalancerName="old",
            Listeners=[{"Protocol": "tcp", "LoadBalancerPort": 25, "InstancePort": 25}],
            Subnets=self.subnets,
            SecurityGroups=[self.wall],
        )
        some = [{"InstanceId": each} for each in self.machines[:2]]
        old.register_instances_with_load_balancer(LoadBalancerName="old", Instances=some)
        rented.names["old"] = f"arn:aws:elasticloadbalancing:{self.region}:{self.account}:loadbalancer/old"
        rented.add("load_balancer", rented.names["old"])

    def _databases(self) -> None:
        rds, rented = self.client("rds"), self.rented
        rds.create_db_subnet_group(DBSubnetGroupName="shop", DBSubnetGroupDescription="shop", SubnetIds=self.subnets)
        common = {"DBInstanceClass": "db.t3.micro", "Engine": "postgres", "AllocatedStorage": 20}
        user = {"MasterUsername": "shop", "MasterUserPassword": "never-read-back"}
        placed = {"DBSubnetGroupName": "shop", "AvailabilityZone": self.zones[0]["ZoneName"]}
        for name, more in (("orders", {"MultiAZ": True}), ("stock", {"MultiAZ": False})):
            made = rds.create_db_instance(DBInstanceIdentifier=name, **common, **user, **placed, **more)["DBInstance"]
            rented.names[name] = made["DBInstanceArn"]
        made = rds.create_db_instance_read_replica(
            DBInstanceIdentifier="orders-copy", SourceDBInstanceIdentifier="orders", DBInstanceClass="db.t3.micro"
        )["DBInstance"]
        rented.names["orders-copy"] = made["DBInstanceArn"]
        cluster = rds.create_db_cluster(DBClusterIdentifier="carts", Engine="aurora-postgresql", **user)["DBCluster"]
        rented.names["carts"] = cluster["DBClusterArn"]
        for name in ("carts-1", "carts-2"):
            made = rds.create_db_instance(
                DBInstanceIdentifier=name,
                DBInstanceClass="db.r5.large",
                Engine="aurora-postgresql",
                DBClusterIdentifier="carts",
            )["DBInstance"]
            rented.names[name] = made["DBInstanceArn"]
        rented.add("database_cluster", cluster["DBClusterArn"])
        instances = ("orders", "stock", "orders-copy", "carts-1", "carts-2")
        rented.add("database_instance", *(rented.names[name] for name in instances))
