"""What others name their things is data at every step: for shells, directories, queries, terminals and browsers."""

from __future__ import annotations

import pytest

from cmdb.configuration import register
from cmdb.model.ci import CIS
from cmdb.model.run import RunState, Said
from web.wording_run import said_words

NAMES = (
    "$(touch pwned)",
    "`id`; shutdown -h now",
    "*)(uid=*))(|(cn=*",
    "' OR 1=1; DROP TABLE ci --",
    "web}) DETACH DELETE n //",
    "<script>alert(1)</script>",
    "{target.__class__} {0} %s",
    "=HYPERLINK(0)",
    "../../../etc/passwd",
)


@pytest.fixture
def found(paper):
    """Run a source whose hosts are named so."""
    dc1 = paper()
    dc1.write("row1", *({"name": name, "serial": f"Acme|S{n}", "os": name} for n, name in enumerate(NAMES)))
    return dc1, dc1.run()


def test_a_name_stays_a_name(found):
    """Each host is one CI of that name and value, again at the second run, and nothing else is there."""
    dc1, run = found
    assert run.state is RunState.OK
    for _ in range(2):
        cis = list(dc1.context.records.find(CIS))
        assert sorted(ci.name for ci in cis) == sorted(NAMES)
        assert sorted(ci.attributes["os"] for ci in cis) == sorted(NAMES)
        again = dc1.run()
        assert (again.state, again.figures["created"], again.figures["updated"]) == (RunState.OK, 0, 0)


def test_it_can_be_looked_up_and_changed_by_people(found):
    """An id with such a name in it is an id."""
    dc1, _ = found
    for ci in list(dc1.context.records.find(CIS)):
        register.set_ci(dc1.context, ci.id, {"attributes": {"os": "looked at"}})
    assert {ci.attributes["os"] for ci in dc1.context.records.find(CIS)} == {"looked at"}


@pytest.mark.parametrize("name", NAMES)
def test_a_note_that_repeats_it_is_a_sentence(name):
    """Braces in a fact are no places to fill in."""
    said = Said("ssh.pool_member_unknown", {"target": name, "pool": "web", "member": name})
    assert said_words(said) == f"{name}: the member {name} of the pool web has no address that is known here"
