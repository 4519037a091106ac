"""Files as a source that is run: into the estate, unchanged by a second run, unharmed by a file that breaks."""

from __future__ import annotations

from typing import Any

import pytest

from cmdb import jobs
from cmdb.configuration.intake import FORM
from cmdb.model.ci import CIS
from cmdb.model.relation import RELATIONS
from cmdb.model.run import RunState
from cmdb.running import Pace, Runner
from discovery import sources
from discovery.run import job_of
from tests.builders import as_actor, the_context

TABLE = {
    "id": "Hostname",
    "class": "server",
    "attributes": {"Serial": "serial_number", "Vendor": "vendor", "Cores": "cpu_cores"},
    "relations": [{"column": "Depends on", "type": "depends_on"}],
}
SERVERS = "Serial,Vendor,Hostname,Cores,Depends on\nS1,Dell,web1,8,db1\nS2,Dell,db1,16,\n"


class NoSecrets:
    """Files need no credential."""

    def read(self, reference: str) -> str:
        raise AssertionError(reference)


@pytest.fixture
def source(tmp_path):
    """A source of tables and compose files in a folder, and a way to run it."""
    context = the_context(role="engineer")
    sources.put(
        context, "shelf", "files", {"root": str(tmp_path), "paths": ["*.csv", "*/compose.yaml"], "table": TABLE}
    )
    job = job_of(sources.get(context, "shelf").record, NoSecrets())

    def run() -> Any:
        asked = jobs.queued(context, job.name).record.id
        runner = Runner(context.store, context.clock, {job.name: job}, holder="test", pace=Pace(tick=0.02))
        assert runner.step(only=asked)
        return jobs.get(as_actor(context, "viewer"), asked).record

    return context, tmp_path, run


def test_what_files_say_is_in_the_estate_and_stays_when_one_breaks(source):
    """Two formats in one run; the same again writes nothing; a table in the wrong encoding retires nothing."""
    context, folder, run = source
    (folder / "servers.csv").write_text(SERVERS)
    (folder / "shop").mkdir()
    (folder / "shop" / "compose.yaml").write_text("services:\n  web: {image: nginx:1.27, depends_on: [db]}\n  db: {}\n")
    assert run().state is RunState.OK
    found = {one.name: one for one in context.records.find(CIS)}
    assert found.keys() == {"web1", "db1", "shop", "web", "db"}
    assert found["web1"].attributes["cpu_cores"] == 8
    assert FORM not in found["web1"].sources
    names = {one.id: one.name for one in found.values()}
    assert {(names[one.source], one.type, names[one.target]) for one in context.records.find(RELATIONS)} == {
        ("web1", "depends_on", "db1"),
        ("web", "depends_on", "db"),
        ("web", "part_of", "shop"),
        ("db", "part_of", "shop"),
    }

    before = list(context.records.find(CIS))
    assert run().state is RunState.OK
    assert list(context.records.find(CIS)) == before

    (folder / "servers.csv").write_bytes("Größe;Straße\n".encode("latin-1"))
    broken = run()
    assert broken.state is RunState.PARTIAL
    assert [each.code for each in broken.details] == ["target.unreadable"]
    assert {one.name for one in context.records.find(CIS) if one.status.value == "active"} == found.keys()
