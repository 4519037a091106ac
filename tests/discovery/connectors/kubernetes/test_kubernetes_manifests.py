"""Manifests on disk say what shall run: the same objects, without uids, pods or nodes."""

from __future__ import annotations

import json

import pytest

from tests.discovery.connectors.kubernetes.bodies import SECRET, shop
from tests.discovery.connectors.kubernetes.reading import by_id, disk, ends, shaped

MANIFESTS = """\
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: shop}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, annotations: {owner: team-web}}
spec:
  replicas: 3
  template:
    metadata: {labels: {app: web, colour: blue}}
    spec:
      containers:
      - name: web
        image: shop/web:1.2
        env: [{name: PASSWORD, value: planted-environment-value}]
      volumes:
      - {name: data, persistentVolumeClaim: {claimName: uploads}}
---
# a document without anything
---
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Service
  metadata: {name: web, namespace: shop}
  spec: {type: ClusterIP, selector: {app: web}, ports: [{port: 80}]}
- {apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: shop, namespace: shop},
   spec: {rules: [{host: shop.example.org, http: {paths: [{backend: {service: {name: web}}}]}}]}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: words, namespace: shop}
data: {since: 2026-01-01}
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "shop.yaml").write_text(MANIFESTS)
    return tmp_path


def test_manifests_give_what_shall_run(folder):
    """Workload, service and ingress depend on each other as they will; nothing runs, so there is no group."""
    result = disk([str(folder)])
    found = by_id(result)
    web = found["shop/Deployment/web"]
    assert (web.attributes["replicas"], web.attributes["images"], web.groups) == (3, ["shop/web:1.2"], ())
    assert web.labels == {"owner": "team-web"}
    assert ends(web, "stores_data_on") == ["shop/PersistentVolumeClaim/uploads"]
    assert ends(found["shop/Service/web"], "depends_on") == ["shop/Deployment/web"]
    assert ends(found["shop/Ingress/shop"], "depends_on") == ["shop/Service/web"]
    assert "prod/deployments" in result.complete
    assert [(note.code, note.facts["kinds"]) for note in result.notes] == [
        ("kubernetes.kinds_left_out", {"ConfigMap": 1})
    ]
    assert SECRET not in repr(result)


def test_what_a_cluster_lists_may_be_read_from_disk(tmp_path):
    """Bodies saved with ``kubectl get -o json`` give what the API itself gives."""
    bodies = shop()
    kinds = {"persistentvolumes": "PersistentVolume", "persistentvolumeclaims": "PersistentVolumeClaim"}
    kinds |= {"poddisruptionbudgets": "PodDisruptionBudget", "replicasets": "ReplicaSet", "ingresses": "Ingress"}
    kinds |= {"statefulsets": "StatefulSet", "daemonsets": "DaemonSet", "cronjobs": "CronJob"}
    for name, items in bodies.lists.items():
        kind = kinds.get(name, name.removesuffix("s").capitalize())
        listed = {"kind": "List", "items": [{"kind": kind, **each} for each in items]}
        (tmp_path / f"{name}.json").write_text(json.dumps(listed))
    found, served = by_id(disk([str(tmp_path)])), by_id(shaped(bodies))
    assert found.keys() == served.keys()
    assert all(found[key].relations == served[key].relations for key in served)
    assert all(found[key].groups == served[key].groups for key in served)


def test_only_the_namespaces_that_are_asked_for_are_read(folder):
    """An object without a namespace is in the default one."""
    (folder / "more.yml").write_text("{kind: Service, metadata: {name: plain}}")
    assert "default/Service/plain" in by_id(disk([str(folder)], namespaces=["default"]))
    assert "shop/Service/web" not in by_id(disk([str(folder)], namespaces=["default"]))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: &a [1]\nb: [*a, *a]", "aliases are not read"),
        ("{" * 100, "too deep or too long"),
        ("kind: {{ .Values.kind }}", "no YAML"),
        ("a: [1", "no YAML"),
        ("kind: !!python/object/apply:os.system ['true']", "no YAML"),
        ("? [a, b]\n: c", "no YAML"),
        ("at: 2026-99-99", "no YAML"),
    ],
)
def test_a_file_that_can_not_be_read_spoils_completeness_and_nothing_else(folder, text, reason):
    """It is told with its reason; no scope is complete, for nobody knows what stood in it."""
    (folder / "zzz.yaml").write_text(text)
    result = disk([str(folder)])
    assert "shop/Deployment/web" in by_id(result)
    assert result.complete == {"prod"}
    told = [note.facts for note in result.notes if note.code == "kubernetes.listing_incomplete"]
    assert [(facts["reason"], facts["file"]) for facts in told] == [(reason, str(folder / "zzz.yaml"))]


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"[" * 200_000], ids=["utf-16", "nested"])
def test_bytes_that_are_no_json_are_told(folder, data):
    """Another encoding, or brackets without end."""
    (folder / "zzz.json").write_bytes(data)
    result = disk([str(folder)])
    assert result.complete == {"prod"}
    assert "shop/Deployment/web" in by_id(result)


def test_a_place_that_is_not_there_is_told(tmp_path):
    """A folder that was not mounted must retire nothing."""
    result = disk([str(tmp_path / "gone")])
    assert result.complete == {"prod"}
    assert [note.code for note in result.notes] == ["kubernetes.listing_incomplete"]


def test_links_are_not_followed(folder, tmp_path_factory):
    """What a link in a folder points to is not part of the folder."""
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "other.yaml"
    elsewhere.write_text("{kind: Service, metadata: {name: other}}")
    (folder / "link.yaml").symlink_to(elsewhere)
    assert "default/Service/other" not in by_id(disk([str(folder)]))


def test_words_of_old_yaml_do_no_harm(folder):
    """A label that YAML takes for a truth, a number or a day is none; the object is read all the same."""
    (folder / "odd.yaml").write_text(
        "{kind: Service, metadata: {name: odd, labels: {on: yes, a: 1, day: 2026-01-01}}, spec: {selector: {a: 2}}}"
    )
    assert by_id(disk([str(folder)]))["default/Service/odd"].labels == {"day": "2026-01-01"}
