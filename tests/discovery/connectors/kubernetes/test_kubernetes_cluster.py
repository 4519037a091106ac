"""A cluster is read from its API page by page, and what depends on what is found with how many are enough."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from cmdb.model.observation import OBSERVATIONS
from cmdb.records import to_document
from discovery.testing import TrialLine
from tests.discovery.connectors.kubernetes.bodies import PATHS, SECRET, UID, Bodies, shop
from tests.discovery.connectors.kubernetes.reading import by_id, ends, needs, read, shaped
from tests.discovery.connectors.kubernetes.served import serving


@pytest.fixture(scope="module")
def found():
    """What is found of the shop."""
    return shaped(shop())


def test_a_thousand_pods_are_read_in_pages():
    """1,000 pods of Deployments come in pages of 100, nothing is lost, and the size of the pages changes nothing."""
    bodies = shop(pods=996, nodes=40)
    pods = len(bodies.lists["pods"])
    assert pods > 1_000
    with serving(bodies) as (address, server):
        line = TrialLine()
        parts, small = read(address, line, page=100, pods="all")
        assert sum(part.name == "pods" for part in parts) == server.paths[PATHS["pods"]] == -(-pods // 100)
        assert line.paced == sum(server.paths.values())
        _, large = read(address, page=5_000, pods="all")
    assert small == large
    assert Counter(each.ci_class for each in small.observations) == {
        "kubernetes_pod": pods - 1,  # One has ended.
        "kubernetes_workload": 166 + 3,
        "kubernetes_service": 166 + 1,
        "kubernetes_ingress": 2,
        "kubernetes_node": 40,
        "kubernetes_namespace": 2,
        "kubernetes_cluster": 1,
        "availability_zone": 3,
        "volume": 6,
    }
    assert len(small.complete) == len(PATHS)  # All listings but the budgets, and the cluster itself.
    assert small.notes == ()


def test_what_is_secret_never_leaves_the_reading():
    """The environment and arguments of containers, and the annotation that repeats them, stand in no part."""
    with serving(shop()) as (address, _):
        parts, found = read(address, pods="all")
    told = json.dumps([part.body for part in parts])
    told += json.dumps([to_document(OBSERVATIONS, each) for each in found.observations])
    assert SECRET in json.dumps(shop().lists)
    assert SECRET not in told


def test_only_pods_whose_names_last_are_cis(found):
    """A StatefulSet's and those without a controller; of all others the nodes they are on are told."""
    pods = {key for key, each in by_id(found).items() if each.ci_class == "kubernetes_pod"}
    etcd = {f"kube-system/Pod/etcd-node{at}" for at in range(3)}
    assert pods == {"shop/Pod/db-0", "shop/Pod/db-1", "shop/Pod/db-2", "shop/Pod/debug"} | etcd


def test_no_pod_is_a_ci_where_the_settings_say_so():
    """A StatefulSet then runs on nodes too, and names the claims its pods would have named."""
    found = by_id(shaped(shop(), pods="none"))
    assert not [each for each in found.values() if each.ci_class == "kubernetes_pod"]
    database = found["shop/StatefulSet/db"]
    assert ends(database, "runs_on") == ["Node/node0", "Node/node1", "Node/node2"]
    assert ends(database, "stores_data_on") == [f"shop/PersistentVolumeClaim/data-db-{at}" for at in range(3)]


def test_a_deployment_needs_what_its_budget_says(found):
    """Six pods on six nodes, of which a budget wants two: so two nodes are enough."""
    web = by_id(found)["shop/Deployment/web0"]
    assert ends(web, "runs_on", "replicas") == [f"Node/node{at}" for at in range(6)]
    assert needs(web) == {"replicas": 2}
    assert web.groups[0].detail == "PodDisruptionBudget web0: minAvailable 2"


def test_without_a_budget_one_of_like_replicas_is_enough(found):
    """Nothing says more of a Deployment."""
    assert needs(by_id(found)["shop/Deployment/web1"]) == {"replicas": 1}


def test_a_stateful_set_depends_on_its_pods(found):
    """Each pod runs on its node and keeps its data on its own claim; the budget lets one of three go."""
    database, pod = by_id(found)["shop/StatefulSet/db"], by_id(found)["shop/Pod/db-1"]
    assert ends(database, "depends_on", "replicas") == [f"shop/Pod/db-{at}" for at in range(3)]
    assert needs(database) == {"replicas": 2}
    assert ends(pod, "runs_on") == ["Node/node1"]
    assert ends(pod, "stores_data_on") == ["shop/PersistentVolumeClaim/data-db-1"]


def test_replicas_that_are_not_alike_are_all_needed_without_a_budget():
    """Nothing says that the others can do without one of them."""
    bodies = Bodies()
    bodies.stateful("db", "shop", ["n1", "n2", "n3"])
    assert needs(by_id(shaped(bodies))["shop/StatefulSet/db"]) == {"replicas": 3}


@pytest.mark.parametrize(
    ("budget", "enough"),
    [
        ({"minAvailable": "50%"}, 3),
        ({"minAvailable": "51%"}, 4),
        ({"maxUnavailable": 1}, 5),
        ({"maxUnavailable": "25%"}, 4),  # A quarter of six is rounded up to two.
        ({"maxUnavailable": "100%"}, 1),
        ({"minAvailable": 0}, 1),
        ({"minAvailable": 60}, 6),
        ({"minAvailable": "lots"}, 1),
    ],
)
def test_a_budget_is_counted_as_the_cluster_counts_it(budget, enough):
    """Numbers and shares, of what may be missing or must be there; never less than one nor more than there are."""
    bodies = Bodies()
    bodies.deployment("web", "shop", [f"n{at}" for at in range(6)])
    bodies.budget("web", "shop", "web", **budget)
    assert needs(by_id(shaped(bodies))["shop/Deployment/web"]) == {"replicas": enough}


def test_nodes_that_hold_several_pods_are_counted_by_the_emptiest():
    """Of five pods on three nodes three are needed: two nodes may hold just two, so all three nodes are."""
    bodies = Bodies()
    bodies.deployment("web", "shop", ["n1", "n1", "n1", "n2", "n3"])
    bodies.budget("web", "shop", "web", minAvailable=3)
    assert needs(by_id(shaped(bodies))["shop/Deployment/web"]) == {"replicas": 3}


def test_a_pod_that_is_not_ready_is_no_spare():
    """It is left out of the group, and that the budget is not kept is told."""
    bodies = Bodies()
    web = bodies.deployment("web", "shop", ["n1"])
    edition = bodies.lists["replicasets"][0]
    for at, node in enumerate(("n2", "n3")):
        bodies.pod(f"sick-{at}", "shop", node, ready=False, labels={"app": "web"}, owner=("ReplicaSet", edition))
    web["spec"]["replicas"] = 3
    bodies.budget("web", "shop", "web", minAvailable=2)
    result = shaped(bodies)
    assert ends(by_id(result)["shop/Deployment/web"], "runs_on") == ["Node/n1"]
    assert [(each.code, each.facts["ready"], each.facts["needs"]) for each in result.notes] == [
        ("kubernetes.too_few_ready", 1, 2)
    ]


def test_a_service_depends_on_what_it_selects(found):
    """One workload plainly; of several one is enough; a lone pod counts as one."""
    assert ends(by_id(found)["shop/Service/db"], "depends_on") == ["shop/StatefulSet/db"]
    bodies = shop()
    for name in ("blue", "green"):
        made = bodies.workload("deployments", name, "shop", 1)
        made["spec"]["template"]["metadata"]["labels"] = {"app": "both", "colour": name}
    bodies.pod("extra", "shop", "node1", labels={"app": "both"})
    bodies.service("both", "shop", {"app": "both"})
    both = by_id(shaped(bodies))["shop/Service/both"]
    assert ends(both, "depends_on", "backends") == ["shop/Deployment/blue", "shop/Deployment/green", "shop/Pod/extra"]
    assert needs(both) == {"backends": 1}


def test_an_ingress_depends_on_its_only_service_and_uses_several(found):
    """Its hosts are endpoints that others may speak of."""
    shop_ingress, shared = by_id(found)["shop/Ingress/shop"], by_id(found)["shop/Ingress/shared"]
    assert ends(shop_ingress, "depends_on") == ["shop/Service/web0"]
    assert ends(shared, "uses") == ["shop/Service/web0", "shop/Service/web1"]
    assert shop_ingress.attributes["hosts"] == ["shop.example.org"]
    assert "shop.example.org:443/tcp" in [each.value for each in shop_ingress.identifiers]


def test_objects_are_known_by_uid_and_by_name(found):
    """The uid within the cluster's, and the name that lasts across being made again."""
    web = by_id(found)["shop/Deployment/web0"]
    kinds = {each.kind: each.value for each in web.identifiers}
    assert kinds["kubernetes_name"] == "prod/shop/Deployment/web0"
    assert kinds["kubernetes_uid"] == f"{UID}/{web.attributes['uid']}"
    cluster = by_id(found)["Cluster/prod"]
    assert (cluster.attributes["uid"], cluster.attributes["version"]) == (UID, "v1.32.4")


def test_labels_and_annotations_are_labels(found):
    """Of a namespace, as of everything."""
    assert by_id(found)["Namespace/shop"].labels == {"contact": "shop@example.org", "team": "shop"}


def test_a_node_runs_on_the_machine_that_others_may_know(found):
    """Its cloud id first, then its UUID, machine id and address; it lies in the zone its labels name."""
    node = by_id(found)["Node/node4"]
    [machine] = [each.target for each in node.relations if each.type == "runs_on"]
    assert [each.kind for each in machine.identifiers] == ["cloud_id", "uuid", "machine_id", "ip"]
    assert machine.identifiers[0].value == "i-00000000000000004"
    assert ends(node, "located_in") == ["Zone/eu-central-1b"]
    zone = by_id(found)["Zone/eu-central-1b"]
    assert [(each.kind, each.value) for each in zone.identifiers] == [("cloud_id", "euc1-az2")]


def test_a_zone_of_a_cluster_of_ones_own_is_known_in_that_cluster_alone():
    """What two clusters both call rack-a need not be one place."""
    bodies = Bodies()
    bodies.add("nodes", "n1", labels={"topology.kubernetes.io/zone": "rack-a"})
    [zone] = [each for each in shaped(bodies).observations if each.ci_class == "availability_zone"]
    assert [(each.kind, each.value) for each in zone.identifiers] == [("kubernetes_name", "prod//Zone/rack-a")]


def test_the_control_plane_needs_most_of_those_that_keep_its_state(found):
    """Three nodes run etcd, two of them have to agree."""
    cluster = by_id(found)["Cluster/prod"]
    assert ends(cluster, "runs_on", "control_plane") == ["Node/node0", "Node/node1", "Node/node2"]
    assert needs(cluster) == {"control_plane": 2}


def test_a_volume_of_a_cloud_is_the_disk_itself(found):
    """It has the cloud's id, so that it and what the cloud lists become one; the claim lies on it."""
    volume, claim = by_id(found)["PersistentVolume/pv-db-0"], by_id(found)["shop/PersistentVolumeClaim/data-db-0"]
    assert volume.attributes == {"capacity_gb": 10.737, "cloud_id": "vol-db0"}
    assert ("cloud_id", "vol-db0") in [(each.kind, each.value) for each in volume.identifiers]
    assert ends(claim, "stores_data_on") == ["PersistentVolume/pv-db-0"]


def test_what_lies_on_one_node_or_one_server_depends_on_it():
    """A local volume on its node, one over NFS on the server's address."""
    bodies = Bodies()
    where = {"key": "kubernetes.io/hostname", "operator": "In", "values": ["n1"]}
    affinity = {"required": {"nodeSelectorTerms": [{"matchExpressions": [where]}]}}
    bodies.add("persistentvolumes", "near", spec={"local": {"path": "/data"}, "nodeAffinity": affinity})
    bodies.add("persistentvolumes", "far", spec={"nfs": {"server": "10.0.0.9", "path": "/export"}})
    found = by_id(shaped(bodies))
    assert ends(found["PersistentVolume/near"], "depends_on") == ["Node/n1"]
    [stored] = found["PersistentVolume/far"].relations
    assert [(each.kind, each.value) for each in stored.target.identifiers] == [("ip", "10.0.0.9")]


def test_runs_of_a_cron_job_are_that_cron_job(found):
    """A run that has ended is not there, and no run is a workload of its own."""
    workloads = {key for key, each in by_id(found).items() if each.ci_class == "kubernetes_workload"}
    assert "shop/CronJob/nightly" in workloads
    assert not {key for key in workloads if "/Job/" in key or "/ReplicaSet/" in key}
