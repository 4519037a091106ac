"""Data services that follow one another: roles, and a cluster that both of them name alike."""

from __future__ import annotations

from tests.discovery.connectors.ssh_linux.hosts import HOST, card, connected, listens, one, relations, shaped

POSTGRES, MARIADB = f"{HOST}/database_instance:postgresql:5432", f"{HOST}/database_instance:mariadb:3306"
CLUSTER = "database_cluster:postgresql:10.0.0.5:5432/tcp"


def primary():
    """A PostgreSQL that another one streams from, and that an application uses."""
    return shaped(
        listeners=listens("0.0.0.0:5432 postgres 20"),
        looks=(connected("10.0.0.5:5432 10.0.0.6:40000 postgres 21", "10.0.0.5:5432 10.0.0.9:41000 postgres 22"), ""),
        postgresql="  21   20 postgres: 15/main: walsender replicator 10.0.0.6(40000) streaming 0/3000148\n",
    )


def replica():
    """The one that streams."""
    return shaped(
        card("eth0", "10.0.0.6/24"),
        listeners=listens("0.0.0.0:5432 postgres 30"),
        looks=(connected("10.0.0.6:40000 10.0.0.5:5432 postgres 31"), ""),
        postgresql="  32   30 postgres: startup recovering 000000010000000000000003\n"
        "  31   30 postgres: walreceiver streaming 0/3000148\n",
    )


def test_primary_and_replica_name_the_same_cluster():
    """Each tells of itself and of the other; one of them is needed for the cluster to answer."""
    for found in (primary(), replica()):
        cluster = one(found, CLUSTER)
        assert cluster.ci_class == "database_cluster"
        assert [(g.name, g.needs) for g in cluster.groups] == [("instances", 1)]
    assert {end for end, *_ in relations(primary(), CLUSTER)} == {
        "-> 10.0.0.6:5432/tcp",
        "-> database_instance:postgresql:5432",
    }
    assert {end for end, *_ in relations(replica(), CLUSTER)} == {
        "-> 10.0.0.5:5432/tcp",
        "-> database_instance:postgresql:5432",
    }


def test_roles_and_the_way_of_the_data_are_told():
    """The primary replicates to the replica, as both see it; following is no dependency like a client's."""
    assert one(primary(), POSTGRES).attributes["role"] == "primary"
    assert one(replica(), POSTGRES).attributes["role"] == "replica"
    assert ("-> 10.0.0.6:5432/tcp", "replicates_to", "traffic_in", None) in relations(primary(), POSTGRES)
    assert relations(replica(), POSTGRES) == {("<- 10.0.0.5:5432/tcp", "replicates_to", "traffic_out", None)}


def test_the_titles_of_another_network_do_not_count():
    """Processes of a container are listed too; their parent holds no socket of this host."""
    titles = "  32   99 postgres: startup recovering 000000010000000000000003\n"
    found = shaped(listeners=listens("0.0.0.0:5432 postgres 20"), postgresql=titles)
    assert "role" not in one(found, POSTGRES).attributes


def test_a_replica_that_another_one_follows_is_a_replica():
    """In a chain the middle one is no primary."""
    both = "  21   20 postgres: walsender r 10.0.0.6(40000) streaming 0/3\n  22   20 postgres: startup recovering 03\n"
    look = connected("10.0.0.5:5432 10.0.0.6:40000 postgres 21")
    found = shaped(listeners=listens("0.0.0.0:5432 postgres 20"), looks=(look, ""), postgresql=both)
    assert one(found, POSTGRES).attributes["role"] == "replica"


def test_a_data_service_that_is_a_client_of_its_own_kind_follows_it():
    """MariaDB and Redis have no titles, but their connection to another of the kind has no other reason."""
    found = shaped(
        listeners=listens("0.0.0.0:3306 mariadbd 20"),
        looks=(connected("10.0.0.5:40000 10.0.0.8:3306 mariadbd 20"), ""),
    )
    assert one(found, MARIADB).attributes["role"] == "replica"
    assert one(found, "database_cluster:mariadb:10.0.0.8:3306/tcp").attributes == {"engine": "mariadb", "port": 3306}


def test_a_postgresql_that_asks_another_one_is_not_its_replica():
    """A foreign table is a client's connection; without a receiver there is no replication."""
    found = shaped(
        listeners=listens("0.0.0.0:5432 postgres 30"),
        looks=(connected("10.0.0.5:40000 10.0.0.8:5432 postgres 35"), ""),
    )
    assert "role" not in one(found, POSTGRES).attributes
    assert not [o for o in found.observations if o.ci_class == "database_cluster"]
    assert relations(found, POSTGRES) == {("-> 10.0.0.8:5432/tcp", "depends_on", "traffic_out", None)}


def test_without_the_titles_the_scope_is_open():
    """A cluster that was known is not said to be gone."""
    assert "web1/replication" not in shaped(broken=("postgresql",)).complete
    assert "web1/replication" in shaped().complete
