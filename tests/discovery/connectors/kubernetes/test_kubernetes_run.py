"""A run of a cluster as a source: what is read becomes CIs and groups, and stays while it can not be read."""

from __future__ import annotations

import pytest

from cmdb import jobs
from cmdb.model.ci import CIS, CIStatus
from cmdb.model.group import GROUPS
from cmdb.model.relation import RELATIONS
from cmdb.model.run import RunState
from cmdb.running import Pace, Runner
from discovery import sources
from discovery.run import job_of
from tests.builders import as_actor, the_context
from tests.discovery.conftest import Told
from tests.discovery.connectors.kubernetes.bodies import shop
from tests.discovery.connectors.kubernetes.served import serving, status


class Source:
    """The source ``prod`` on a store of its own."""

    def __init__(self, address: str) -> None:
        self.context = the_context(role="engineer")
        settings = {"cluster": "prod", "server": address, "token": "env:TOKEN", "tries": 1}
        sources.put(self.context, "prod", "kubernetes", settings)

    def run(self):
        """Run it to its end, as a worker would."""
        job = job_of(sources.get(self.context, "prod").record, Told(TOKEN="a-token"))
        asked = jobs.queued(self.context, job.name, parameters={}).record.id
        runner = Runner(self.context.store, self.context.clock, {job.name: job}, holder="test", pace=Pace(tick=0.02))
        assert runner.step(only=asked)
        return jobs.get(as_actor(self.context, "viewer"), asked).record

    def cis(self):
        return {ci.id: ci for ci in self.context.records.find(CIS)}


@pytest.fixture
def served():
    with serving(shop(), token="a-token") as running:
        yield running


def test_a_cluster_comes_in_whole_and_a_second_run_changes_nothing(served):
    """Workloads, their groups and what they run on; then nothing is created, updated or ended."""
    source = Source(served[0])
    assert source.run().state is RunState.OK
    groups = {(each.item, each.name): each.needs for each in source.context.records.find(GROUPS)}
    assert groups["prod:shop/Deployment/web0", "replicas"] == 2
    assert groups["prod:Cluster/prod", "control_plane"] == 2
    web = [each for each in source.context.records.find(RELATIONS) if each.source == "prod:shop/Deployment/web0"]
    assert {each.target for each in web if each.group} == {f"prod:Node/node{at}" for at in range(6)}
    again = source.run()
    assert {key: again.figures[key] for key in ("created", "updated", "ended", "missing")} == dict.fromkeys(
        ("created", "updated", "ended", "missing"), 0
    )


def test_what_may_no_longer_be_listed_is_not_lost(served):
    """The role lost its right to nodes: they stay, however often it is run."""
    address, server = served
    source = Source(address)
    source.run()
    server.faults.append(status("nodes", 403))
    for _ in range(10):
        source.context.clock.forward(days=3)
        source.run()
    nodes = [ci for ci in source.cis().values() if ci.ci_class == "kubernetes_node"]
    assert len(nodes) == 6
    assert {ci.status for ci in nodes} == {CIStatus.ACTIVE}


def test_a_cluster_that_can_not_be_reached_loses_nothing(served):
    """The run fails for now and says so."""
    address, server = served
    source = Source(address)
    source.run()
    server.faults += [status(name, 401) for name in ("/version", "namespaces")]
    run = source.run()
    assert run.state is RunState.FAILED
    assert [said.code for said in run.details] == ["target.credentials_refused"]
    assert {ci.status for ci in source.cis().values()} == {CIStatus.ACTIVE}
