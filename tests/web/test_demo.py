"""The demo's source of discovery: what it knows again, what is new, what is odd; and that twice does no harm."""

from __future__ import annotations

import pytest

from cmdb.configuration import findings, provenance
from cmdb.model.ci import CIS
from cmdb.model.run import RUNS, RunState
from web.bootstrap import make_context, open_store
from web.demo import prepare


@pytest.fixture
def made(tmp_path):
    """The demo, made twice, and its store."""
    first = prepare(tmp_path)
    again = prepare(tmp_path)
    store = open_store(again.settings)
    yield first, again, make_context(again.settings._replace(actor="facility-engineer"), store)
    store.close()


def test_hosts_are_known_again_and_nobody_is_entered_twice(made):
    """Four by their serial numbers; two rows are new: a second name for a host, and one that nobody entered."""
    first, again, context = made
    servers = {ci.id: ci.seen_as for ci in context.records.find(CIS) if ci.ci_class == "server"}

    assert servers == {
        **{f"host-{each}": (("server-room", f"host-{each}"),) for each in ("n1", "n2", "s1", "s2")},
        **{f"server-room:{each}": (("server-room", each),) for each in ("old-s2", "test-s3")},
    }
    assert (first.discovered.seen, first.discovered.created) == (6, 2)
    assert again == first


def test_a_finding_says_what_is_odd(made):
    """One list has one serial number twice, so a person is asked whether it is one."""
    *_, context = made
    (finding,), more = findings.listing(context)

    assert (finding.code, finding.cis, more) == ("identity.vetoed", ("host-s2", "server-room:old-s2"), False)


def test_a_value_tells_who_says_it_and_who_says_otherwise(made):
    """The operating system was entered as another one."""
    *_, context = made
    (os,) = [each for each in provenance.provenance(context, "host-s2").values if each.place == "/attributes/os"]

    assert (os.value, os.source, os.others) == ("Debian 12", "server-room", ((None, "Debian 11"),))


def test_the_source_was_read_once(made):
    """A second demo finds it read."""
    *_, context = made

    assert [run.state for run in context.records.find(RUNS)] == [RunState.OK]
