"""
Load balancers, the groups of targets behind them, and which of those are fit.

A target group is a CI of its own, and the group of it that needs its targets is its pool: one balancer may serve many
applications, each with a pool of its own. So a balancer depends on its target group where it has just one, and merely
uses each where it has several: losing one of them stops one application, not the balancer.

A pool needs as many targets as its ``minimum_healthy_targets`` says, 1 where it says nothing: with fewer the provider
itself calls it unhealthy. A target that is unfit or leaving is no member, for it takes no requests; where none is fit
all are members, as the provider then sends requests to all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cmdb.model.group import members_needed
from cmdb.model.observation import End, EvidenceKind, Identifier, Observation, ObservedGroup, ObservedRelation
from discovery.connectors.aws.shape.region import (
    NAMED,
    Region,
    address,
    domain,
    inner,
    known,
    port,
    records,
    relation,
    text,
    texts,
)

POOL, SUBNETS, ZONES = "targets", "subnets", "zones"
NO_POOL = ("unhealthy", "draining", "unhealthy.draining")
MINIMUM = "target_group_health.dns_failover.minimum_healthy_targets."


def observe(region: Region) -> Iterator[Observation]:
    """Yield load balancers of both generations and target groups."""
    groups = list(region.items("target_groups", "TargetGroups", "target_groups", "TargetGroupArn"))
    behind: dict[str, list[str]] = {}
    for group in groups:
        for balancer in texts(group, "LoadBalancerArns"):
            behind.setdefault(balancer, []).append(str(group["TargetGroupArn"]))
    yield from _balancers(region, behind)
    yield from _target_groups(region, groups)
    yield from _classic(region)


def _balancers(region: Region, behind: Mapping[str, list[str]]) -> Iterator[Observation]:
    scope = "load_balancers"
    listeners, tags = region.by_owner("listeners", "Listeners"), region.tags("load_balancer_tags", "ResourceArn")
    for balancer in region.items(scope, "LoadBalancers", scope, "LoadBalancerArn"):
        ident, fqdn = str(balancer["LoadBalancerArn"]), domain(text(balancer, "DNSName"))
        places, groups = _places(region, balancer)
        pools = behind.get(ident, [])
        yield region.observation(
            region.scope(scope),
            ident,
            "load_balancer",
            text(balancer, "LoadBalancerName"),
            attributes={"vendor": "AWS", "model": text(balancer, "Type"), "fqdn": fqdn},
            identifiers=_listening(fqdn, [(port(each), text(each, "Protocol")) for each in listeners.get(ident, [])]),
            relations=[
                *places,
                *(relation("depends_on", pool, detail="its only target group") for pool in pools if len(pools) == 1),
                *(relation("uses", pool, detail="one of its target groups") for pool in pools if len(pools) > 1),
                *(
                    relation("depends_on", each, detail="lets its traffic through")
                    for each in texts(balancer, "SecurityGroups")
                ),
            ],
            groups=groups,
            labels=tags.get(ident),
            evidence={"scheme": text(balancer, "Scheme"), "state": text(inner(balancer, "State"), "Code")},
        )


def _places(region: Region, balancer: Mapping[str, Any]) -> tuple[list[ObservedRelation | None], list[ObservedGroup]]:
    """Return the subnets a balancer answers in, or the zones where no subnet is told: any one of them is enough."""
    zones = records(balancer, "AvailabilityZones")
    if subnets := sorted({ident for zone in zones if (ident := text(zone, "SubnetId"))}):
        found = [relation("routes_through", each, group=SUBNETS) for each in subnets]
        return found, [_any(SUBNETS)]
    ends = [region.zone(text(zone, "ZoneName"), "load_balancers") for zone in zones]
    found = [relation("located_in", end, group=ZONES) for end in ends if end]
    return found, [_any(ZONES)] if found else []


def _any(name: str) -> ObservedGroup:
    return ObservedGroup(name, 1, EvidenceKind.INVENTORY, detail="it answers in each of them")


def _listening(fqdn: str | None, ports: list[tuple[int | None, str | None]]) -> list[Identifier]:
    """Return the name and each place it listens at."""
    if fqdn is None:
        return []
    places = {(each, "udp" if (protocol or "").startswith("UDP") else "tcp") for each, protocol in ports if each}
    return [
        Identifier("fqdn", fqdn),
        *(Identifier("endpoint", f"{fqdn}:{number}/{kind}") for number, kind in sorted(places)),
    ]


def _target_groups(region: Region, groups: list[Mapping[str, Any]]) -> Iterator[Observation]:
    scope = "target_groups"
    health = region.by_owner("target_health", "TargetHealthDescriptions")
    asked = {str(body.get("of")) for body in region.bodies("target_health") if "gone" not in body}
    attributes = region.by_owner("target_group_attributes", "Attributes")
    tags = region.tags("target_group_tags", "ResourceArn")
    for group in groups:
        ident, name = str(group["TargetGroupArn"]), text(group, "TargetGroupName")
        members = _members(region, name, health.get(ident, []))
        if not members and ident in asked and texts(group, "LoadBalancerArns"):
            region.say("aws.pool_empty", target_group=name)
        yield region.observation(
            region.scope(scope),
            ident,
            "cloud_resource",
            name,
            attributes=region.resource("AWS::ElasticLoadBalancingV2::TargetGroup", ident),
            relations=[
                relation("depends_on", end, group=POOL, evidence=EvidenceKind.CONFIGURATION, detail=detail)
                for end, detail in members
            ],
            groups=[_pool(attributes.get(ident, []), len(members), len(health.get(ident, [])))] if members else [],
            labels=tags.get(ident),
            evidence={"target_type": text(group, "TargetType"), "protocol": text(group, "Protocol")},
        )


def _members(region: Region, name: str | None, health: list[Mapping[str, Any]]) -> list[tuple[End, str]]:
    """Return the fit targets of a pool, each with what is known of it; of none fit all."""
    state = {id(each): text(inner(each, "TargetHealth"), "State") or "unknown" for each in health}
    unfit = [each for each in health if state[id(each)] in NO_POOL]
    fit = [each for each in health if state[id(each)] not in NO_POOL]
    if unfit:
        ids = sorted({text(inner(each, "Target"), "Id") or "" for each in unfit})
        region.say("aws.targets_unfit", target_group=name, targets=ids[:NAMED], count=len(ids), of=len(health))
    found: dict[End, str] = {}
    for each in fit or unfit:
        if end := _target(inner(each, "Target")):
            found.setdefault(end, f"registered in {name}")
    return sorted(found.items(), key=lambda member: repr(member[0]))


def _target(target: Mapping[str, Any]) -> End | None:
    """Return what a target is: an instance, another balancer or a function by its id, an address by itself."""
    ident = text(target, "Id")
    if ident is None:
        return None
    if (own := address(ident)) is None:
        return known(ident)
    number = port(target)
    listening = (
        [Identifier("endpoint", f"[{own}]:{number}/tcp" if ":" in own else f"{own}:{number}/tcp")] if number else []
    )
    return End(identifiers=(*listening, Identifier("ip", own)))


def _pool(attributes: list[Mapping[str, Any]], members: int, registered: int) -> ObservedGroup:
    """Return what a pool needs: a number, or a share of all that is registered, as its attributes say; else one."""
    said = {str(each.get("Key")): str(each.get("Value")) for each in attributes}
    count, share = said.get(f"{MINIMUM}count", ""), said.get(f"{MINIMUM}percentage", "")
    needs, detail = 1, "no minimum of healthy targets is set"
    if _digits(count):
        needs, detail = int(count), f"{MINIMUM}count {count}"
    if _digits(share) and int(share) <= 100:
        needs = max(needs if _digits(count) else 1, members_needed(f"{int(share)}%", registered))
        detail = f"{MINIMUM}percentage {share} of {registered}"
    return ObservedGroup(POOL, min(needs, members), EvidenceKind.CONFIGURATION, detail=detail)


def _digits(said: str) -> bool:
    return len(said) <= 6 and said.isascii() and said.isdecimal() and int(said) > 0


def _classic(region: Region) -> Iterator[Observation]:
    scope = "classic_load_balancers"
    states = region.by_owner("classic_health", "InstanceStates")
    tags = region.tags("classic_tags", "LoadBalancerName")
    for balancer in region.items(scope, "LoadBalancerDescriptions", scope, "LoadBalancerName"):
        name, fqdn = str(balancer["LoadBalancerName"]), domain(text(balancer, "DNSName"))
        members = _classic_members(region, name, balancer, states.get(name, []))
        listening = [inner(each, "Listener") for each in records(balancer, "ListenerDescriptions")]
        yield region.observation(
            region.scope(scope),
            f"arn:aws:elasticloadbalancing:{region.name}:{region.account}:loadbalancer/{name}",
            "load_balancer",
            name,
            attributes={"vendor": "AWS", "model": "classic", "fqdn": fqdn},
            identifiers=_listening(fqdn, [(port(each, "LoadBalancerPort"), "TCP") for each in listening]),
            relations=[
                *(relation("routes_through", each, group=SUBNETS) for each in sorted(texts(balancer, "Subnets"))),
                *(relation("depends_on", each, group=POOL, evidence=EvidenceKind.CONFIGURATION) for each in members),
                *(
                    relation("depends_on", each, detail="lets its traffic through")
                    for each in texts(balancer, "SecurityGroups")
                ),
            ],
            groups=[
                *([_any(SUBNETS)] if texts(balancer, "Subnets") else []),
                *([_pool([], len(members), len(members))] if members else []),
            ],
            labels=tags.get(name),
            evidence={"scheme": text(balancer, "Scheme")},
        )


def _classic_members(
    region: Region, name: str, balancer: Mapping[str, Any], states: list[Mapping[str, Any]]
) -> list[str]:
    registered = sorted({ident for each in records(balancer, "Instances") if (ident := text(each, "InstanceId"))})
    unfit = {text(each, "InstanceId") for each in states if text(each, "State") == "OutOfService"} & set(registered)
    if unfit:
        ids = sorted(filter(None, unfit))
        region.say("aws.targets_unfit", target_group=name, targets=ids[:NAMED], count=len(ids), of=len(registered))
    return [each for each in registered if each not in unfit] or registered
