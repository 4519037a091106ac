"""Ownership, environment, service and tier: from what real connectors read, by the rules, into the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from cmdb import jobs
from cmdb.configuration import discovery_rules
from cmdb.configuration.observing import take
from cmdb.context import Context
from cmdb.model.ci import CI, CIS
from cmdb.model.finding import FINDINGS
from cmdb.model.relation import RELATIONS
from cmdb.running import Pace, Runner
from discovery import registry, sources
from discovery.run import job_of
from discovery.testing.samples import Sample, samples_of
from tests.builders import a_service, the_context
from tests.discovery.conftest import Told

RULES = b"""
format = "foreshock-discovery-rules/1"
[labels]
environment = ["environment", "env", "stage"]
service = ["service", "app.kubernetes.io/part-of", "system"]
[label_values.environment]
live = "production"
[label_values.tier]
gold = 1
"""


def labelled(body: Any, plant: Callable[[dict[str, Any]], None]) -> Any:
    """Return a part's body with something planted in each of its objects."""
    if isinstance(body, list):
        return [labelled(each, plant) for each in body]
    if not isinstance(body, dict):
        return body
    made = {name: labelled(value, plant) for name, value in body.items()}
    plant(made)
    return made


def aws_tags(thing: dict[str, Any]) -> None:
    """Tag whatever is of the live environment, as its owners would."""
    tags = thing.get("Tags")
    if isinstance(tags, list) and {"Key": "env", "Value": "live"} in tags:
        more = {"Team": "Web", "Tier": "tier-2", "Service": "Shop"}
        thing["Tags"] = [*tags, *({"Key": key, "Value": value} for key, value in more.items())]


def kubernetes_notes(thing: dict[str, Any]) -> None:
    """Label every namespaced object as part of the shop, and annotate the rest."""
    metadata = thing.get("metadata")
    if isinstance(metadata, dict) and metadata.get("namespace"):
        labels = {**(metadata.get("labels") or {}), "app.kubernetes.io/part-of": "shop"}
        notes = {**(metadata.get("annotations") or {}), "team": "Web", "stage": "test", "criticality": "Gold"}
        thing["metadata"] = {**metadata, "labels": labels, "annotations": notes}


def taken(connector: str, name: str, plant: Callable[[dict[str, Any]], None] | None = None) -> Context:
    """Return a store with the service Shop, into which a sample of a connector was taken by the rules above."""
    context = the_context(a_service("shop", name="Shop", sources=("form",)))
    discovery_rules.set_rules(context, RULES)
    sample: Sample = next(each for each in samples_of(registry.connectors()[connector]) if each.name == name)
    parts = [replace(part, body=labelled(part.body, plant)) if plant else part for part in sample.parts]
    shaped = sample.shaped(parts)
    take(context, connector, connector, shaped.observations, shaped.complete, run="r1")
    return context


def cis(context: Context, ci_class: str) -> Iterator[CI]:
    yield from (ci for ci in context.records.find(CIS) if ci.ci_class == ci_class)


def parts_of_shop(context: Context) -> set[str]:
    return {each.source for each in context.records.find(RELATIONS) if (each.type, each.target) == ("part_of", "shop")}


def test_tags_of_aws():
    """Keys as people there write them, a mapped environment, a tier in words, and the service by its name."""
    context = taken("aws", "region", aws_tags)
    machines = [ci for ci in cis(context, "virtual_machine") if ci.attributes.get("environment") == "production"]
    assert len(machines) == 5
    for ci in machines:
        told = {name: ci.attributes.get(name) for name in ("owner", "environment", "tier")}
        assert told == {"owner": "Web", "environment": "production", "tier": 2}, ci.id
    assert {ci.id for ci in machines} == parts_of_shop(context)
    balancers = {ci.attributes.get("owner") for ci in cis(context, "load_balancer")}
    assert balancers == {"shop", "shared", None}


def test_labels_and_annotations_of_kubernetes():
    """A label names the service, annotations the rest; a number comes of the word that the rules know."""
    context = taken("kubernetes", "shop", kubernetes_notes)
    workloads = list(cis(context, "kubernetes_workload"))
    assert workloads
    for ci in workloads:
        told = {name: ci.attributes.get(name) for name in ("owner", "environment", "tier")}
        assert told == {"owner": "Web", "environment": "test", "tier": 1}, ci.id
    assert {ci.id for ci in workloads} <= parts_of_shop(context)
    assert {ci.attributes.get("owner") for ci in cis(context, "kubernetes_namespace")} >= {"shop"}


def test_entities_of_backstage():
    """The owner is the team's name, the tier a number, and the system a service where one is called so."""
    context = taken("backstage", "files")
    told = {ci.name: ci for ci in cis(context, "application_component")}
    assert {ci.attributes.get("owner") for ci in told.values()} >= {"ghosts"}
    assert [ci.attributes["tier"] for ci in told.values() if "tier" in ci.attributes] == [1]
    assert all(not str(ci.attributes.get("owner")).startswith("group:") for ci in context.records.find(CIS))
    assert parts_of_shop(context) <= {ci.id for ci in told.values()}
    assert len(parts_of_shop(context)) == 2


def test_columns_of_a_table_run_as_a_source(tmp_path):
    """From a file through the job of a run; what can not be read is a finding for each value, not for each row."""
    rows = [
        "Host,Vendor,Serial,Team,Stage,Tier,Service",
        "web1,Acme,S1,Web,live,1,shop",
        "web2,Acme,S2,Web,test,gold,SHOP",
        "db1,Acme,S3,Data,live,enormous,warehouse",
        "db2,Acme,S4,,live,enormous,warehouse",
    ]
    (tmp_path / "hosts.csv").write_text("\n".join(rows) + "\n")
    context = the_context(a_service("shop", name="Shop", sources=("form",)))
    discovery_rules.set_rules(context, RULES)
    table = {
        "id": "Host",
        "class": "server",
        "attributes": {"Vendor": "vendor", "Serial": "serial_number"},
        "labels": ["Team", "Stage", "Tier", "Service"],
    }
    sources.put(context, "books", "files", {"root": str(tmp_path), "paths": ["hosts.csv"], "table": table})
    job = job_of(sources.get(context, "books").record, Told())
    asked = jobs.queued(context, job.name).record.id
    assert Runner(context.store, context.clock, {job.name: job}, holder="test", pace=Pace(tick=0.02)).step(only=asked)
    names = ("owner", "environment", "tier")
    assert {ci.name: tuple(ci.attributes.get(name) for name in names) for ci in cis(context, "server")} == {
        "web1": ("Web", "production", 1),
        "web2": ("Web", "test", 1),
        "db1": ("Data", "production", None),
        "db2": (None, "production", None),
    }
    assert parts_of_shop(context) == {"books:web1", "books:web2"}
    told = {each.code: each.facts for each in context.records.find(FINDINGS)}
    assert told["label.unfit_value"]["values"] == ["enormous"]
    assert told["label.unknown_service"]["cis"] == ["books:db1", "books:db2"]
    assert not any(code.startswith("relation.") for code in told)


def test_the_service_is_joined_as_soon_as_it_is_registered_and_the_finding_closes():
    """Nobody has to run the source again: settling what is known is enough."""
    from cmdb.configuration import register
    from cmdb.configuration.observing import settle

    context = taken("aws", "region", aws_tags)
    assert not [each for each in context.records.find(FINDINGS) if each.code == "label.unknown_service"]
    register.retire_ci(context, ["shop"])
    settle(context)
    open_ = [each for each in context.records.find(FINDINGS) if each.closed_at is None]
    assert [each.facts["values"] for each in open_ if each.code == "label.unknown_service"] == [["Shop"]]
    assert parts_of_shop(context) == set()


@pytest.mark.parametrize("name", ["owner", "environment"])
def test_what_a_person_entered_stands_against_a_label(name):
    """A label is what its source says: an edit by hand wins, as over any other value."""
    from cmdb.configuration import register

    context = taken("aws", "region", aws_tags)
    ci = next(cis(context, "virtual_machine"))
    register.set_ci(context, ci.id, {"attributes": {name: "by hand"}})
    take(context, "other", "aws", (), (), run="r2")
    assert context.records.get(CIS, ci.id).attributes[name] == "by hand"
