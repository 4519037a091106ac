"""The wire that is cut is cut where it says, so that what is proved with it is proved."""

from __future__ import annotations

import pytest

from tests.neo4j_server import Named
from tests.promises.proxy import Proxy


@pytest.mark.parametrize(("moment", "committed"), [("before", {0}), ("at once", {0, 1}), ("answered", {1})])
def test_a_commit_is_cut_at_its_moment(neo4j_server, moment, committed):
    """The driver never hears of it; the server has committed what was answered, and nothing that did not arrive."""
    from neo4j.exceptions import IncompleteCommit

    neo4j_server.wipe()
    address = neo4j_server.full_address
    with (
        Proxy(address, lambda _: moment) as proxy,
        Named(proxy.address).driver() as driver,
        driver.session() as session,
    ):
        with pytest.raises(IncompleteCommit):
            session.execute_write(lambda tx: tx.run("CREATE (:Thing)").consume())
        assert (proxy.commits, proxy.cuts, proxy.connections) == (1, 1, 1)
    with neo4j_server.driver() as driver:
        # The lock that a new constraint takes waits for whatever the server is still doing with it.
        driver.execute_query("CREATE CONSTRAINT cut IF NOT EXISTS FOR (n:Thing) REQUIRE n.id IS UNIQUE")
        assert driver.execute_query("MATCH (n:Thing) RETURN count(n)").records[0][0] in committed


def test_what_is_not_cut_passes(neo4j_server):
    """Large answers too."""
    with Proxy(neo4j_server.full_address) as proxy, Named(proxy.address).driver() as driver:
        rows = driver.execute_query("UNWIND range(1, 20000) AS n RETURN n").records
        driver.execute_query("CREATE (:Thing)")
        assert (len(rows), proxy.connections, proxy.cuts, proxy.commits) == (20_000, 1, 0, 2)
