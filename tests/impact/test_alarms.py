"""False alarms of a plain walk, on an estate where every number is known by hand."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.alarms import alarms, graph_of, lines, summed

ROOT = Path(__file__).resolve().parents[2]
SHOP = {
    "format": "estate/1",
    "items": [
        *({"id": name, "class": "service", "name": name} for name in ("mail", "reports", "shop", "wiki")),
        *({"id": name, "class": "server", "name": name} for name in ("db", "idle", "web1", "web2", "web3")),
    ],
    "relations": [
        # Two of three webs: one is a spare. Reports only runs with less without the database, and the wiki rests on it.
        *({"source": "shop", "type": "depends_on", "target": f"web{n}", "group": "webs"} for n in (1, 2, 3)),
        *({"source": "mail", "type": "depends_on", "target": f"web{n}", "group": "pair"} for n in (1, 2)),
        {"source": "wiki", "type": "depends_on", "target": "db"},
        {"source": "reports", "type": "depends_on", "target": "db", "strength": "soft"},
        {"source": "reports", "type": "depends_on", "target": "shop"},
    ],
    "groups": [{"item": "shop", "name": "webs", "needs": 1}, {"item": "mail", "name": "pair", "needs": 1}],
}


@pytest.fixture
def tables():
    graph, servers = graph_of(SHOP)
    return {server: alarms(graph, server) for server in servers}


def test_every_alarm_of_a_walk_has_its_outcome(tables):
    """Down, degraded, the last but one of a pair, a spare of three, and a server that nobody rests on."""
    found = {server: {alarm.service: alarm.outcome.value for alarm in table} for server, table in tables.items()}
    web = {"mail": "REDUNDANCY_LOST", "reports": "REDUCED", "shop": "REDUCED"}
    assert found == {
        "db": {"reports": "DEGRADED", "wiki": "DOWN"},
        "idle": {},
        "web1": web,
        "web2": web,
        "web3": {"reports": "REDUCED", "shop": "REDUCED"},
    }
    assert [alarm.new_single_points for alarm in tables["web1"]] == [1, 0, 0]


def test_the_sum_tells_the_real_from_the_false(tables):
    """Ten alarms of four servers, of which two are real and come from one."""
    total = summed(tables)
    assert (total.servers, total.raising, total.alarms, total.real, total.really) == (5, 4, 10, 2, 1)
    text = "\n".join(lines(total, 4))
    assert "5 servers, 4 services, 20 outcomes" in text
    assert "80.0%" in text.splitlines()[-1]


def test_a_walk_that_is_shorter_than_the_answer_is_a_fault(monkeypatch):
    """The check that makes every other outcome UNAFFECTED can fail."""
    graph, _ = graph_of(SHOP)
    monkeypatch.setattr("bench.alarms.blast_radius", lambda *_: ())
    with pytest.raises(RuntimeError, match="wiki"):
        alarms(graph, "db")


def test_the_whole_table_is_a_row_an_alarm(tmp_path):
    """As CSV on standard output."""
    path = tmp_path / "shop.json"
    path.write_text(json.dumps(SHOP))
    command = [sys.executable, "-m", "bench.alarms", str(path), "-o", "csv"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    rows = done.stdout.splitlines()
    assert rows[:3] == [
        "server,service,outcome,new_single_points",
        "db,reports,DEGRADED,0",
        "db,wiki,DOWN,0",
    ]
    assert len(rows) == 1 + 10
