"""What a cluster refuses, delays or garbles costs no more than it must, and is told."""

from __future__ import annotations

import ssl
import subprocess
from threading import Event

import pytest

from discovery.connectors.kubernetes import CONNECTOR, api
from discovery.ports import CredentialsRefused, HostKeyChanged, Throttled, TimedOut, Unreachable, Unreadable
from discovery.testing import Ended, TrialLine
from tests.discovery.connectors.kubernetes.bodies import PATHS, Bodies, shop
from tests.discovery.connectors.kubernetes.reading import by_id, read, settings_of
from tests.discovery.connectors.kubernetes.served import drips, expires, says, serving, silent, status


@pytest.fixture
def served():
    """A shop's cluster without faults, at the beginning of each test."""
    with serving(shop()) as running:
        yield running


def lacking(address, server, shaped) -> set[str]:
    server.faults.clear()
    return {scope.removeprefix("prod/") for scope in read(address)[1].complete - shaped.complete}


def test_a_resource_that_may_not_be_listed_costs_its_scope_and_is_named(served):
    """The role lacks the nodes: theirs and nobody else's scope is incomplete."""
    address, server = served
    server.faults.append(status("nodes", 403))
    _, shaped = read(address)
    assert [(note.code, note.facts["permission"]) for note in shaped.notes] == [
        ("kubernetes.permission_missing", 'list nodes in the API group ""')
    ]
    assert lacking(address, server, shaped) == {"nodes"}


def test_without_budgets_what_they_would_decide_is_not_certified(served):
    """Deployments and StatefulSets are told all the same, but their scopes are not complete."""
    address, server = served
    server.faults.append(status("poddisruptionbudgets", 403))
    _, shaped = read(address)
    assert "shop/Deployment/web0" in by_id(shaped)
    assert lacking(address, server, shaped) == {"deployments", "replicasets", "statefulsets"}


def test_without_replica_sets_pods_still_find_their_deployment(served):
    """The ReplicaSet's name is the Deployment's with a hash that the pods carry as a label."""
    address, server = served
    server.faults.append(status("replicasets", 403))
    _, shaped = read(address)
    assert {each.type for each in by_id(shaped)["shop/Deployment/web0"].relations} == {"part_of", "runs_on"}


def test_what_an_older_cluster_does_not_serve_is_told(served):
    """No such path: the scope is incomplete, the rest is read."""
    address, server = served
    server.faults.append(status("ingresses", 404))
    _, shaped = read(address)
    assert [note.code for note in shaped.notes] == ["kubernetes.listing_incomplete"]
    assert lacking(address, server, shaped) == {"ingresses"}


def test_a_listing_whose_rest_expired_begins_again():
    """Gone is answered once in the middle: all pods are there, those of the first try count no more."""
    bodies = shop(pods=60)
    with serving(bodies) as (address, server):
        server.faults.append(expires("pods", 1))
        parts, shaped = read(address, page=20, pods="all")
        server.faults.clear()
        assert shaped.observations == read(address, page=20, pods="all")[1].observations
    assert [part.body.get("began", 1) for part in parts if part.name == "pods"] == [1, 2, 2, 2, 2]
    assert "prod/pods" in shaped.complete


def test_what_was_gone_before_the_listing_began_again_is_not_seen():
    """A pod of the first try that the second no longer lists is not there."""
    bodies = shop(pods=60)
    with serving(bodies) as (address, server):

        def shrinks(request) -> bool:
            if request.where == PATHS["pods"] and "continue" in request.asked and len(bodies.lists["pods"]) > 60:
                del bodies.lists["pods"][:20]
                request.answer(410, {"reason": "Expired"})
                return True
            return False

        server.faults.append(shrinks)
        _, shaped = read(address, page=20, pods="all")
    assert "kube-system/Pod/etcd-node0" not in by_id(shaped)


def test_a_listing_that_expires_for_ever_is_incomplete():
    """It begins three times, then its scope is not certified."""
    with serving(shop(pods=60)) as (address, server):
        server.faults.append(expires("pods", 99))
        _, shaped = read(address, page=20)
        assert [note.facts["reason"] for note in shaped.notes] == ["it changes faster than it can be read"]
        assert "prod/pods" not in shaped.complete


def test_patience_is_asked_for_and_given(served):
    """Too many requests: the pause is the one the API names."""
    address, server = served
    server.faults.append(status("pods", 429, times=2, Retry_After="3"))
    line = TrialLine()
    _, shaped = read(address, line)
    assert line.waits == [3.0, 3.0]
    assert "prod/pods" in shaped.complete


def test_patience_without_end_is_told_with_the_time_it_named(served):
    """The run may come back after that."""
    address, server = served
    server.faults.append(status("pods", 429, Retry_After="7"))
    with pytest.raises(Throttled) as throttled:
        read(address, tries=2)
    assert throttled.value.facts["seconds"] == 7.0


def test_a_stumbling_api_is_asked_again(served):
    """Two internal errors, then it answers; for ever, and it can not be reached."""
    address, server = served
    server.faults.append(status("pods", 500, times=2))
    line = TrialLine()
    assert "prod/pods" in read(address, line)[1].complete
    assert line.waits == [1.0, 2.0]
    server.faults.append(status("pods", 503))
    with pytest.raises(Unreachable, match="status 503"):
        read(address, tries=2)


def test_a_wrong_token_is_sent_once():
    """Unauthorized ends the target at its first request, and the token is not told."""
    with serving(shop(), token="right") as (address, server):
        with pytest.raises(CredentialsRefused) as refused:
            read(address, TrialLine({"env:TOKEN": "wrong-token"}), token="env:TOKEN")
        assert sum(server.paths.values()) == 1
        assert "wrong-token" not in str(refused.value)
        assert read(address, TrialLine({"env:TOKEN": "right\n"}), token="env:TOKEN")[1].complete


def test_nobody_there_can_not_be_reached():
    """A closed port."""
    with pytest.raises(Unreachable):
        read("http://127.0.0.1:9", tries=1)


def test_silence_ends_after_the_time_that_the_settings_give(served):
    """An API that accepts and says nothing."""
    address, server = served
    talks = Event()
    server.faults.append(silent("pods", talks))
    with pytest.raises(TimedOut):
        read(address, tries=1, answer_seconds=0.3)
    talks.set()


def test_an_answer_that_never_ends_is_given_up_in_time(served):
    """A byte every now and then is no silence, so only the time of the whole reading ends it."""
    address, server = served
    server.faults.append(drips("pods"))
    with pytest.raises(TimedOut):
        read(address, TrialLine(seconds=1.0))


def test_a_reading_that_is_cancelled_ends_though_the_api_is_silent(served):
    """No answer ever comes; the reading ends with its next look."""
    address, server = served
    talks = Event()
    server.faults.append(silent("pods", talks))
    line = TrialLine()
    settings = settings_of(address)
    [target] = CONNECTOR.targets(settings, line)
    parts = CONNECTOR.fetch(target, settings, line)
    while next(parts).name != "persistentvolumeclaims":
        pass
    line.end_after = line.looks + 2
    with pytest.raises(Ended):
        next(parts)
    talks.set()


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'"pods"', b"[" * 100_000, b"{" * 10, b"\xff\xfe"])
def test_garbage_is_told_as_unreadable(served, body):
    """No JSON, no object, or one that is nested without end."""
    address, server = served
    server.faults.append(says("pods", body))
    with pytest.raises(Unreadable):
        read(address)


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"items": 7}',
        b'{"items": [null, 1, {}, {"metadata": 3}, {"metadata": {"name": 4}}]}',
        b'{"items": [{"metadata": {"name": ""}, "spec": [], "status": "x"}], "metadata": []}',
    ],
)
def test_an_object_of_another_form_is_told_and_not_certified(served, body):
    """Answers that are JSON but no listing, or hold what has no name."""
    address, server = served
    server.faults.append(says("services", body))
    _, shaped = read(address)
    assert shaped.notes
    assert lacking(address, server, shaped) == {"services"}


def test_objects_whose_insides_are_of_another_form_are_read_as_far_as_they_go(served):
    """Names are there and nothing else is right: they are observed, without what can not be understood."""
    address, server = served
    strange = b'{"metadata": {"name": "odd", "namespace": "shop", "labels": [1], "ownerReferences": {}}'
    strange += b', "spec": {"selector": 3, "template": [], "replicas": "many", "volumes": {}, "rules": [{"http": 1}]}'
    strange += b', "status": {"conditions": 1, "addresses": [1, {"address": 2}]}}'
    server.faults += [says(name, b'{"items": [' + strange + b"]}") for name in PATHS]
    _, shaped = read(address, pods="all")
    assert {each.name for each in shaped.observations} == {"odd", "prod"}


def test_pages_without_end_end(served):
    """A token that comes back, and a listing that is longer than the settings allow."""
    address, server = served
    server.faults.append(says("services", b'{"items": [], "metadata": {"continue": "again"}}'))
    _, shaped = read(address)
    assert [note.facts["reason"] for note in shaped.notes] == ["its pages do not end"]
    server.faults.clear()
    _, shaped = read(address, page=5, most=10)
    assert "kubernetes.too_many" in {note.code for note in shaped.notes}
    assert "prod/pods" not in shaped.complete


def test_an_answer_that_is_too_large_is_not_read(served, monkeypatch):
    """A page beyond the limit costs its scope alone."""
    address, server = served
    monkeypatch.setattr(api, "MAX_ANSWER", 20_000)
    _, shaped = read(address)
    assert {note.facts["listing"] for note in shaped.notes} >= {"pods"}
    monkeypatch.undo()
    assert "pods" in lacking(address, server, shaped)


def test_a_cluster_without_a_uid_goes_by_its_names(served):
    """The token may not read kube-system: that is told, and the setting may give the uid."""
    address, server = served
    server.faults.append(status("/api/v1/namespaces/kube-system", 403))
    _, shaped = read(address)
    assert [note.code for note in shaped.notes] == ["kubernetes.no_cluster_uid"]
    assert {each.kind for each in by_id(shaped)["shop/Deployment/web0"].identifiers} == {"kubernetes_name"}
    _, shaped = read(address, cluster_uid="0000aaaa")
    assert "kubernetes_uid" in {each.kind for each in by_id(shaped)["shop/Deployment/web0"].identifiers}


def test_a_token_for_some_namespaces_reads_those(served):
    """Each namespace is a listing and a scope of its own."""
    address, server = served
    forbidden = f"{PATHS['pods'].rpartition('/')[0]}/namespaces/kube-system/pods"
    server.faults.append(status(forbidden, 403))
    _, shaped = read(address, namespaces=["shop", "kube-system"])
    assert "prod/pods/shop" in shaped.complete
    assert "prod/pods/kube-system" not in shaped.complete
    assert {each.scope for each in shaped.observations if each.ci_class == "kubernetes_pod"} == {"prod/pods/shop"}


def test_what_controls_pods_and_is_not_known_is_told():
    """Pods of a kind of workload that nobody listed belong to none."""
    bodies = Bodies()
    strange = {"metadata": {"name": "x", "uid": "u"}}
    bodies.pod("p", "shop", "n1", owner=("Rollout", strange))
    with serving(bodies) as (address, _):
        _, shaped = read(address)
    assert [note.facts["kinds"] for note in shaped.notes] == [{"Rollout": 1}]


def test_a_service_behind_which_nothing_stands_is_told():
    """Its selector selects nothing."""
    bodies = Bodies()
    bodies.service("web", "shop", {"app": "gone"})
    with serving(bodies) as (address, _):
        _, shaped = read(address)
    assert [note.facts["services"] for note in shaped.notes] == [["shop/Service/web"]]


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A certificate for 127.0.0.1, made now."""
    folder = tmp_path_factory.mktemp("tls")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out cert.pem"
    command += " -days 2 -subj /CN=api -addext subjectAltName=IP:127.0.0.1"
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    return folder


def context_of(folder) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


def test_a_cluster_is_read_over_tls_with_its_own_authority(authority):
    """The certificate is held to the authority that the settings name."""
    with serving(shop(), tls=context_of(authority)) as (address, _):
        assert "prod/pods" in read(address, ca_file=str(authority / "cert.pem"))[1].complete
        with pytest.raises(HostKeyChanged, match="not trusted"):
            read(address)


def test_a_client_certificate_is_shown(authority):
    """Its two halves come as secrets; whoever shows none is not let in."""
    context = context_of(authority)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authority / "cert.pem")
    own = {"client_certificate": "env:CERT", "client_key": "env:KEY", "ca_file": str(authority / "cert.pem")}
    secrets = {"env:CERT": (authority / "cert.pem").read_text(), "env:KEY": (authority / "key.pem").read_text()}
    with serving(shop(), tls=context) as (address, _):
        assert "prod/pods" in read(address, TrialLine(secrets), **own)[1].complete
        with pytest.raises(Unreachable):
            read(address, ca_file=own["ca_file"], tries=1)
        with pytest.raises(CredentialsRefused):
            read(address, TrialLine({**secrets, "env:KEY": "no key"}), **own)
