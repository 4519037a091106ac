"""A real estate with its history, from the embedded store to a server and back: interrupted on the way, equal after."""

from __future__ import annotations

import json
import random
import signal
import time

import pytest

SHORT, FULL = 30, 500


@pytest.fixture
def server(neo4j_server):
    """An empty server."""
    neo4j_server.wipe()
    yield neo4j_server
    neo4j_server.wipe()


def write_history(environment, count: int) -> list[str]:
    """Let CIs of the estate be renamed and retired in so many revisions; return those that changed."""
    from cmdb.model.ci import CIS
    from cmdb.ports.store import Patch
    from web.bootstrap import open_store
    from web.settings import Settings

    chance, changed = random.Random(8), set()
    store = open_store(Settings(store=environment["FORESHOCK_STORE"]))
    with store.snapshot() as state:
        ids = [row.key for row in state.documents(CIS)]
    for turn in range(count):
        some = chance.sample(ids, chance.randint(1, 5))
        changed.update(some)
        patches = [Patch(CIS, key, {"name": f"{key} {turn}"}) for key in some]
        store.apply(patches, txn_id=f"turn-{turn}", actor="role:editor", reason=f"turn:{turn}")
    store.close()
    return sorted(changed)


def killed_half_way(process, server, here: str) -> None:
    """Kill a copy as soon as the other store has some of it, and not all."""
    with server.driver() as driver, process("store", "copy", here, server.address) as copying:
        end = time.monotonic() + 120
        while time.monotonic() < end:
            rows, _, _ = driver.execute_query("OPTIONAL MATCH (h:_Head) RETURN h.copying")
            if rows[0][0]:
                break
            assert copying.poll() is None, copying.stderr.read().decode()
            time.sleep(0.01)
        copying.send_signal(signal.SIGKILL)
        copying.communicate()


def there_and_back(foreshock, process, server, data, environment, tmp_path, revisions: int) -> None:
    """Copy there, be killed, go on, copy back, and compare all three stores."""
    here, back = environment["FORESHOCK_STORE"], f"sqlite:///{tmp_path}/back.db"
    foreshock("import", "estate", str(data / "wikimedia" / "estate.json.gz")).ok()
    changed = write_history(environment, revisions)

    killed_half_way(process, server, here)
    refused = foreshock("ci", "list", env={"FORESHOCK_STORE": server.address})
    assert refused.status == 2
    assert "do the same again to go on" in refused.err

    there = json.loads(foreshock("store", "copy", here, server.address, "-o", "json").ok().out)
    again = json.loads(foreshock("store", "copy", server.address, back, "-o", "json").ok().out)
    assert there["revision"] == again["revision"] == revisions + 1
    assert there["hash"] == again["hash"]
    assert there["kinds"] == again["kinds"]

    stores = [{"FORESHOCK_STORE": store} for store in (here, server.address, back)]
    asked = [("export", "estate"), *(("ci", "history", key, "-o", "json") for key in changed[:20])]
    for words in asked:
        first, *others = [foreshock(*words, env=store).ok().out for store in stores]
        assert others == [first, first], words
    heads = [foreshock("store", "copy", here, one["FORESHOCK_STORE"], "-o", "json").ok().json for one in stores[1:]]
    assert {(head["since"], head["hash"]) for head in heads} == {(revisions + 1, there["hash"])}


def test_an_estate_goes_to_a_server_and_back(foreshock, process, server, data, environment, tmp_path):
    """With thirty revisions of history."""
    there_and_back(foreshock, process, server, data, environment, tmp_path, SHORT)


@pytest.mark.promises
def test_an_estate_with_a_long_history_goes_to_a_server_and_back(
    foreshock, process, server, data, environment, tmp_path
):
    """With five hundred, as the issue asks."""
    there_and_back(foreshock, process, server, data, environment, tmp_path, FULL)
