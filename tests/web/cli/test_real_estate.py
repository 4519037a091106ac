"""A real production estate through the command line: nothing lost, brute force has the same answers, a whole change."""

from __future__ import annotations

import gzip
import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.oracles import impact as oracle
from tests.oracles.cone import Cone
from tests.oracles.estate import PlainEstate

LARGEST = 40
SOME, ALL = 12, 300


@pytest.fixture(scope="module")
def wikimedia(data):
    """The file of the estate, and what is in it."""
    path = data / "wikimedia" / "estate.json.gz"
    return str(path), json.loads(gzip.decompress(path.read_bytes()))


@pytest.fixture(scope="module")
def imported(wikimedia, tmp_path_factory):
    """A store that holds the estate, made once; a test gets a copy of its own."""
    store = tmp_path_factory.mktemp("wikimedia") / "estate.db"
    command = [sys.executable, "-m", "web.cli", "import", "estate", wikimedia[0]]
    root = str(Path(__file__).parents[3])
    whole = {**os.environ, "PYTHONPATH": root, "FORESHOCK_STORE": f"sqlite:///{store}"}
    subprocess.run(command, env=whole, check=True, capture_output=True)
    return store


@pytest.fixture
def environment(environment, imported):
    """The settings of a run on a copy of that store."""
    copy = Path(environment["FORESHOCK_STORE"].removeprefix("sqlite:///"))
    for suffix in ("", "-wal", "-shm"):
        if Path(f"{imported}{suffix}").exists():
            shutil.copy(f"{imported}{suffix}", f"{copy}{suffix}")
    return environment


@pytest.fixture(scope="module")
def plain(wikimedia):
    """The estate as the oracles think of it: items, requirements and the cone of each service."""
    _, document = wikimedia
    estate = PlainEstate()
    for item in document["items"]:
        about = {"class": item["class"], "name": item["name"], "unavailability": item.get("unavailability")}
        estate.items[item["id"]] = {**about, "service": item["class"] == "service"}
    estate.relations += [{"group": None, "strength": "hard", **relation} for relation in document["relations"]]
    estate.groups += [{"strength": "hard", **group} for group in document["groups"]]
    needs = estate.requirements()
    services = [item for item, about in estate.items.items() if about["service"]]
    return estate, needs, {service: Cone(estate.items, needs, service) for service in services}


def test_import_then_export_loses_and_alters_nothing(foreshock, wikimedia, tmp_path):
    """3,233 items, 21,753 relations, 356 groups; as a set of records the same; the second import changes nothing."""
    path, document = wikimedia
    empty = {"FORESHOCK_STORE": f"sqlite:///{tmp_path}/empty.db"}
    report = foreshock("import", "estate", path, "--dry-run", "-o", "json", env=empty).ok().json
    figures = {kind: report["by_kind"][kind]["new"] for kind in ("items", "relations", "groups")}
    assert figures == {"items": 3_233, "relations": 21_753, "groups": 356}

    for name in ("out.json.gz", "out.jsonl"):
        foreshock("export", "estate", str(tmp_path / name)).ok()
    exported = json.loads(gzip.decompress((tmp_path / "out.json.gz").read_bytes()))

    for kind in ("items", "relations", "groups"):
        assert canonical(exported[kind]) == canonical(document[kind])
    assert foreshock("import", "estate", path, "-o", "json").ok().json["unchanged"] == 25_342
    assert foreshock("import", "estate", str(tmp_path / "out.jsonl"), "--dry-run", "-o", "json").json["changed"] == 0


def canonical(records) -> list[str]:
    """Return records as texts that compare."""
    return sorted(json.dumps(record, sort_keys=True) for record in records)


def failures(plain, count: int) -> list[list[str]]:
    """Return so many random sets of 1 to 40 CIs, the same in every run."""
    chance = random.Random(20)
    ids = sorted(plain[0].items)
    return [chance.sample(ids, chance.randint(1, LARGEST)) for _ in range(count)]


def agrees(foreshock, plain, failed: list[str]) -> None:
    """Assert that the command's answer is the oracle's, outcomes and new single points included."""
    estate, needs, cones = plain
    answer = foreshock("impact", "--from", "-", "-o", "json", input="\n".join(failed)).ok().json
    down = oracle.down_of(needs, set(failed))
    degraded = oracle.degraded_of(needs, down)
    expected = {}
    for service, cone in cones.items():
        if service in down:
            expected[service] = ("DOWN", set())
        elif service in degraded or cone.bits(down):
            points = cone.new_single_points(set(failed) & cone.bit.keys())
            expected[service] = (
                "DEGRADED" if service in degraded else "REDUNDANCY_LOST" if points else "REDUCED",
                points,
            )

    assert answer["failed"] == sorted(failed)
    assert answer["down"] == sorted(down - set(failed))
    assert answer["degraded"] == sorted(degraded)
    assert {s["id"]: (s["outcome"], set(s["new_single_points"])) for s in answer["services"]} == expected
    assert answer["unaffected"] == len(cones) - len(expected)
    assert len(estate.items) == 3_233


def test_some_random_failures_equal_brute_force(foreshock, plain):
    """Every key of the answer, on sets of 1 to 40 CIs."""
    for failed in failures(plain, SOME):
        agrees(foreshock, plain, failed)


@pytest.mark.promises
def test_three_hundred_random_failures_equal_brute_force(foreshock, plain):
    """The promise of the issue, by the command itself."""
    for failed in failures(plain, ALL):
        agrees(foreshock, plain, failed)


def test_one_server_of_a_large_pool_is_a_spare_and_too_many_are_the_end(foreshock, wikimedia):
    """Depooling one takes a spare; below its needs the pool's owner goes down, and the reason is right."""
    _, document = wikimedia
    pool = max(document["groups"], key=lambda group: members_of(document, group, count=True))
    members = members_of(document, pool)

    one = foreshock("impact", members[0], "-o", "json").ok().json
    assert one["down"] == []
    assert {service["outcome"] for service in one["services"]} <= {"REDUCED", "REDUNDANCY_LOST"}

    # One more than the pool can spare, whatever "needs" is written as.
    most = foreshock("impact", "--from", "-", "-o", "json", input="\n".join(members)).ok().json
    assert pool["item"] in most["down"]
    for service in most["services"]:
        if service["outcome"] == "DOWN":
            assert service["reason"][0] in members
            assert service["reason"][-1] == service["id"]


def members_of(document, group, *, count: bool = False):
    """Return the distinct members of a group, or how many there are."""
    found = {
        r["target"] for r in document["relations"] if (r["source"], r.get("group")) == (group["item"], group["name"])
    }
    return len(found) if count else sorted(found)


def test_a_change_on_the_real_estate_from_request_to_decision_and_replay(foreshock, wikimedia, people):
    """Raised by one, approved by another who may, and computed again to the same bytes."""
    _, document = wikimedia
    pool = max(document["groups"], key=lambda group: members_of(document, group, count=True))
    target = members_of(document, pool)[0]

    words = ["change", "new", "--title", "Kernel update", "--reason", "Security", "--target", f"{target},minutes=10"]
    words += ["--from", "2032-03-02T22:00+01:00", "--to", "2032-03-02T23:00+01:00", "--backout", "Boot the old kernel"]
    change = foreshock(*words, "--submit", "-o", "json", env=people("requester")).ok().json["id"]
    record = foreshock("change", "assess", change, "-o", "json", env=people("requester")).ok().json
    decider = people("peer" if record["verdict"] == "PEER" else "board")
    decision = foreshock("change", "approve", change, "-o", "json", env=decider).ok().json

    assert decision["assessment_hash"] == record["hash"]
    assert foreshock("replay", change, "-o", "json").ok().json["same"] is True
    shown = foreshock("change", "show", change, "-o", "json").ok().json
    assert (shown["state"], shown["assessed"]) == ("approved", record)
    foreshock("audit", "verify").ok()
