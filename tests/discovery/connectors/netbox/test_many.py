"""A NetBox of one device with 50,000 interfaces, over HTTP: page after page, each once, in bounded time."""

from __future__ import annotations

import pytest

from discovery.connectors.netbox import CONNECTOR
from discovery.testing import TrialLine
from discovery.testing.trial import read
from tests.discovery.connectors.importing import Reply, serving

COUNT = 50_000
INTERFACES = "/api/dcim/interfaces/"
DEVICE = {"id": 1, "name": "sw1", "status": {"value": "active"}}


def answer(asked):
    """Answer as NetBox does, of whose models it has but two."""
    if asked.path == "/api/status/":
        return Reply({"netbox-version": "4.1.0"})
    start, size = int(asked.query["offset"]), int(asked.query["limit"])
    if asked.path == "/api/dcim/devices/":
        return Reply({"count": 1, "results": [DEVICE][start:]})
    if asked.path != INTERFACES:
        return Reply({"count": 0, "results": []})
    numbers = range(start + 1, min(start + size, COUNT) + 1)
    rows = [{"id": n, "device": {"id": 1}, "name": f"et-{n}", "type": {"value": "other"}} for n in numbers]
    return Reply({"count": COUNT, "results": rows})


@pytest.mark.parametrize("most", [COUNT, 3_000])
def test_fifty_thousand_interfaces_are_read_or_cut_and_said(most):
    """All of them and complete; or, with a lower limit, so many, a note, and no complete scope of interfaces."""
    with serving(answer) as server:
        given = {"url": server.url, "token": "env:TOKEN", "page_size": 1_000, "most_objects": most}
        line = TrialLine()
        trial = read(CONNECTOR, CONNECTOR.settings().load(given), line, watch=120.0)
    assert trial.ended, "it reads for ever"
    found = trial.shaped
    assert sum(each.ci_class == "interface" for each in found.observations) == most
    assert ("netbox/dcim.interface" in found.complete) is (most == COUNT)
    assert ("netbox.not_whole" in line.noted) is (most != COUNT)
    assert sum(each.path == INTERFACES for each in server.asked) == most // 1_000
    assert line.paced == len(server.asked)
