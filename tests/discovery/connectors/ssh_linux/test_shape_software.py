"""Programmes as parts of a host, and who talks to whom."""

from __future__ import annotations

import json

import pytest

from cmdb.model.relation import Strength
from tests.discovery.connectors.ssh_linux.hosts import HOST, card, codes, connected, listens, one, relations, shaped

SOCKETS = "web1/sockets"


def part(name: str) -> str:
    return f"{HOST}/{name}"


def test_every_programme_that_listens_is_a_part_of_the_host():
    """One CI for each, of the class its programme is known for, with all its ports, and running on the host."""
    found = shaped(
        listeners=listens(
            "0.0.0.0:80 nginx 7 8",
            "*:443 nginx 7 8",
            "0.0.0.0:5432 postgres 20",
            "0.0.0.0:6379 redis-server 30",
            "0.0.0.0:5672 beam.smp 40",
            "0.0.0.0:8000 haproxy 50",
        )
        + 'udp UNCONN 0 0 0.0.0.0:161 0.0.0.0:* users:(("snmpd",pid=60,fd=3))\n'
        + 'udp UNCONN 0 0 0.0.0.0:45678 0.0.0.0:* users:(("resolver",pid=61,fd=3))\n',
        versions="nginx: nginx version: nginx/1.22.1\npostgres: postgres (PostgreSQL) 15.8 (Debian)\n",
    )
    classes = {o.native_id.removeprefix(f"{HOST}/"): o.ci_class for o in found.observations if o.scope == SOCKETS}
    assert classes == {
        "process:nginx": "application_component",
        "database_instance:postgresql:5432": "database_instance",
        "cache:redis:6379": "cache",
        "message_broker:rabbitmq:5672": "message_broker",
        "process:haproxy": "load_balancer",
        "process:snmpd": "application_component",
    }
    nginx = one(found, part("process:nginx"))
    assert nginx.attributes == {"version": "1.22.1"}
    assert nginx.owner == HOST
    assert {i.value for i in nginx.identifiers} == {"process:nginx", "10.0.0.5:80/tcp", "10.0.0.5:443/tcp"}
    assert [(r.type, r.target.native_id) for r in nginx.relations] == [("runs_on", HOST)]
    assert one(found, part("database_instance:postgresql:5432")).attributes["version"] == "15.8"


def test_two_instances_of_a_data_service_are_two():
    """They share no process, so each is a CI by its port; a load balancer's many ports are one."""
    sockets = ["0.0.0.0:6379 redis-server 30", "0.0.0.0:6380 redis-server 31", "*:6380 redis-server 31"]
    found = shaped(listeners=listens(*sockets))
    assert one(found, part("cache:redis:6379")).name == "redis@web1"
    assert one(found, part("cache:redis:6380")).name == "redis:6380@web1"


def test_the_programme_of_an_interpreter_is_called_by_its_unit_or_script():
    """python3 says nothing; the service it was started as does, else the script."""
    found = shaped(
        listeners=listens("0.0.0.0:8000 python3 7", "0.0.0.0:8001 python3 8", "0.0.0.0:8002 java 9"),
        programs="7 python3 u=shop.service s=main.py\n8 python3 u=cron.service s=report.py\n9 java u= s=billing.jar\n",
    )
    assert {o.name for o in found.observations if o.scope == SOCKETS} == {
        "shop@web1",
        "report.py@web1",
        "billing.jar@web1",
    }


def test_what_listens_on_the_loopback_address_has_no_endpoint():
    """Nobody outside can mean it by an address; within the host it is found all the same."""
    found = shaped(
        listeners=listens("127.0.0.1:8080 app 9", "0.0.0.0:80 nginx 7"),
        looks=(connected("127.0.0.1:40000 127.0.0.1:8080 nginx 7", "127.0.0.1:8080 127.0.0.1:40000 app 9"), ""),
    )
    assert {i.kind for i in one(found, part("process:app")).identifiers} == {"part"}
    assert relations(found, part("process:nginx")) == {
        ("-> process:app", "depends_on", "traffic_out", None),
        ("-> process:app", "depends_on", "traffic_in", None),
    }


def test_a_programme_depends_on_what_it_talks_to():
    """By the port the kind of dependency is told: a database is needed, a cache is used, a resolver resolves."""
    found = shaped(
        listeners=listens("0.0.0.0:8000 app 9"),
        looks=(
            connected("10.0.0.5:40000 10.0.0.6:5432 app 9", "10.0.0.5:40001 10.0.0.7:6379 app 9"),
            connected("10.0.0.5:40002 10.0.0.8:53 app 9", "[::ffff:10.0.0.5]:40003 [::ffff:10.0.0.9]:9999 app 9"),
        ),
    )
    assert relations(found, part("process:app")) == {
        ("-> 10.0.0.6:5432/tcp", "depends_on", "traffic_out", None),
        ("-> 10.0.0.7:6379/tcp", "uses", "traffic_out", None),
        ("-> 10.0.0.8:53/tcp", "resolves_names_with", "traffic_out", None),
        ("-> 10.0.0.9:9999/tcp", "depends_on", "traffic_out", None),
    }


def test_every_look_counts():
    """A connection that is there at one moment and not at the next is evidence as any other."""
    looks = [""] * 5
    looks[3] = connected("10.0.0.5:40000 10.0.0.6:5432 app 9")
    found = shaped(listeners=listens("0.0.0.0:8000 app 9"), looks=tuple(looks))
    assert ("-> 10.0.0.6:5432/tcp", "depends_on", "traffic_out", None) in relations(found, part("process:app"))


def test_a_client_elsewhere_is_told_as_its_host():
    """Its address is all that is known here; the relation has no strength, for what needs us its own host tells."""
    found = shaped(
        listeners=listens("0.0.0.0:5432 postgres 20"),
        looks=(connected("10.0.0.5:5432 10.0.0.21:50000 postgres 99", "10.0.0.5:5432 10.0.0.22:50001"), ""),
    )
    database = part("database_instance:postgresql:5432")
    assert relations(found, database) == {
        ("<- 10.0.0.21", "connects_to", "traffic_in", None),
        ("<- 10.0.0.22", "connects_to", "traffic_in", None),
    }
    assert {r.strength for r in one(found, database).relations if r.type == "connects_to"} == {Strength.NONE}


def test_administration_is_no_dependency():
    """Who is signed in, or signs in elsewhere, is neither told nor made a CI."""
    found = shaped(
        listeners=listens("0.0.0.0:22 sshd 3", "0.0.0.0:8000 app 9"),
        looks=(connected("10.0.0.5:22 10.0.0.99:50000 sshd 77", "10.0.0.5:40000 10.0.0.6:22 app 9"),) * 2,
    )
    assert relations(found, part("process:sshd")) == relations(found, part("process:app")) == set()


def test_a_client_that_stays_is_a_part_of_the_host_and_one_that_passes_is_not():
    """A worker without a port of its own is one; a command that somebody ran once is not."""
    worker, command = "10.0.0.5:40000 10.0.0.6:5432 worker 9", "10.0.0.5:40001 10.0.0.7:443 curl 11"
    found = shaped(looks=(connected(worker, command), connected(worker), connected(worker)))
    assert relations(found, part("process:worker")) == {("-> 10.0.0.6:5432/tcp", "depends_on", "traffic_out", None)}
    assert not [o for o in found.observations if o.native_id == part("process:curl")]


def test_a_connection_of_an_unknown_process_is_the_hosts():
    """It is told, without strength, unless a programme here is known to talk to the same place."""
    looks = (
        connected("10.0.0.5:40000 10.0.0.6:5432", "10.0.0.5:40001 10.0.0.7:5432", "10.0.0.5:40002 10.0.0.7:5432 app 9"),
        "",
    )
    found = shaped(listeners=listens("0.0.0.0:8000 app 9"), looks=looks)
    assert relations(found, HOST, SOCKETS) == {("-> 10.0.0.6:5432/tcp", "connects_to", "traffic_out", None)}


def test_what_is_asked_for_and_not_answered_is_no_connection():
    """A packet on its way to nowhere proves nothing."""
    asked = 'SYN-SENT 0 1 10.0.0.5:40000 10.0.0.6:5432 users:(("app",pid=9,fd=3))\n'
    assert (
        relations(shaped(listeners=listens("0.0.0.0:8000 app 9"), looks=(asked, asked)), part("process:app")) == set()
    )


def test_what_lies_in_another_network_needs_the_gateway():
    """As much as the programme needs what lies behind it; what is on the link needs none."""
    talks = [
        "10.0.0.5:40000 10.9.0.6:5432 app 9",
        "10.0.0.5:40001 10.0.0.7:9999 near 8",
        "10.0.0.5:40002 10.9.0.8:6379 far 7",
    ]
    sockets = listens("0.0.0.0:8000 app 9", "0.0.0.0:8001 near 8", "0.0.0.0:8002 far 7")
    found = shaped(listeners=sockets, looks=(connected(*talks), ""))
    gateway = ("-> 10.0.0.1", "depends_on", "inventory", None)
    assert gateway in relations(found, part("process:app"))
    assert gateway not in relations(found, part("process:near"))
    (soft,) = [
        r for r in one(found, part("process:far")).relations if r.evidence == "inventory" and r.type == "depends_on"
    ]
    assert soft.strength is Strength.SOFT


def test_of_several_routes_the_most_exact_counts():
    """A network with a route of its own is not behind the default gateway."""
    routes = json.dumps(
        [
            {"dst": "default", "gateway": "10.0.0.1", "dev": "eth0"},
            {"dst": "10.9.0.0/16", "gateway": "10.0.0.2", "dev": "eth0"},
        ]
    )
    looks = (connected("10.0.0.5:40000 10.9.0.6:5432 app 9"), "")
    found = shaped(listeners=listens("0.0.0.0:8000 app 9"), looks=looks, routes=routes)
    assert {end for end, _, evidence, _ in relations(found, part("process:app")) if evidence == "inventory"} == {
        "-> 10.0.0.2"
    }


def test_a_process_that_may_not_be_seen_leaves_the_scope_open():
    """Without root others' sockets have no owner: what was found stays, and nothing is said to be gone."""
    sockets = listens("0.0.0.0:80", "0.0.0.0:8000 app 9")
    hidden = shaped(listeners=sockets, kernel="Linux 6.1.0 x86_64\n1000\n")
    assert SOCKETS not in hidden.complete
    assert "web1" in hidden.complete
    assert "ssh.processes_hidden" in codes(hidden)
    assert SOCKETS in shaped(listeners=sockets).complete


@pytest.mark.parametrize("command", ["listeners", "connections", "programs"])
def test_sockets_that_were_not_read_to_their_end_are_not_complete(command):
    """The other scopes are judged by what they rest on."""
    found = shaped(broken=(command,))
    assert SOCKETS not in found.complete
    assert "web1" in found.complete


def test_programmes_may_be_left_out_by_name():
    """What an organisation does not want told is not told, nor who talks to it."""
    sockets = listens("0.0.0.0:22 sshd 3", "0.0.0.0:80 nginx 7")
    found = shaped(listeners=sockets, settings={"ignore": ["sshd"]})
    assert {o.name for o in found.observations if o.scope == SOCKETS} == {"nginx@web1"}


def test_one_that_serves_the_public_is_not_told_client_by_client():
    """A limit stands in a note; the programme and all else is there."""
    clients = connected(*(f"10.0.0.5:80 203.0.{n // 250}.{n % 250 + 1}:50000 nginx 7" for n in range(500)))
    found = shaped(listeners=listens("0.0.0.0:80 nginx 7"), looks=(clients, ""))
    assert len(relations(found, part("process:nginx"))) == 64
    assert "ssh.limit_reached" in codes(found)


def test_fifty_thousand_sockets_are_read():
    """A busy proxy has that many; they are few relations."""
    ports = range(10_000, 60_000)
    look = connected(*(f"10.0.0.5:{port} 10.0.0.{6 + port % 3}:8080 haproxy 7" for port in ports))
    found = shaped(card("eth0", "10.0.0.5/24"), listeners=listens("0.0.0.0:80 haproxy 7"), looks=(look, ""))
    assert len(relations(found, part("process:haproxy"))) == 3
    assert SOCKETS in found.complete


def test_more_sockets_than_the_limit_leave_the_scope_open():
    """What is behind the limit is not known, so nothing is said to be gone."""
    look = "ESTAB 0 0 10.0.0.5:40000 10.0.0.6:8080\n" * 60_001
    found = shaped(looks=(look, ""))
    assert SOCKETS not in found.complete
    assert "ssh.limit_reached" in codes(found)


def test_packages_are_told_where_they_are_asked_for():
    """A product in its version is one CI for all hosts that have it; what was removed is not there."""
    said = "deb openssl 3.0.15-1~deb12u1 amd64 ii \ndeb bash 5.2.15-2+b7 amd64 ii \ndeb old 1.0 amd64 rc \n"
    from discovery.connectors.ssh_linux import CONNECTOR
    from discovery.ports import Part, Target
    from tests.discovery.connectors.ssh_linux.hosts import parts

    found = CONNECTOR.shape(Target("web1"), {"packages": True}, [*parts(), Part("packages", said)])
    assert {o.native_id for o in found.observations if o.ci_class == "software"} == {
        "pkg:deb/debian/openssl@3.0.15-1~deb12u1",
        "pkg:deb/debian/bash@5.2.15-2%2Bb7",
    }
    assert "web1/packages" in found.complete
    assert "web1/packages" not in shaped().complete
