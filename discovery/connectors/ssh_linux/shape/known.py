"""What is known of programmes and ports: which hold data, which spread load, and what a connection to a port means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple


class Engine(NamedTuple):
    """A programme that keeps data or passes messages: class, name of the engine, and its usual port."""

    ci_class: str
    name: str
    port: int


_DATABASE, _CACHE, _BROKER = "database_instance", "cache", "message_broker"
ENGINES: Mapping[str, Engine] = {
    "postgres": Engine(_DATABASE, "postgresql", 5432),
    "postmaster": Engine(_DATABASE, "postgresql", 5432),
    "mariadbd": Engine(_DATABASE, "mariadb", 3306),
    "mysqld": Engine(_DATABASE, "mysql", 3306),
    "mongod": Engine(_DATABASE, "mongodb", 27017),
    "clickhouse-serv": Engine(_DATABASE, "clickhouse", 9000),
    "influxd": Engine(_DATABASE, "influxdb", 8086),
    "etcd": Engine(_DATABASE, "etcd", 2379),
    "elasticsearch": Engine(_DATABASE, "elasticsearch", 9200),
    "opensearch": Engine(_DATABASE, "opensearch", 9200),
    "cassandra": Engine(_DATABASE, "cassandra", 9042),
    "redis-server": Engine(_CACHE, "redis", 6379),
    "valkey-server": Engine(_CACHE, "valkey", 6379),
    "keydb-server": Engine(_CACHE, "keydb", 6379),
    "memcached": Engine(_CACHE, "memcached", 11211),
    "rabbitmq-server": Engine(_BROKER, "rabbitmq", 5672),
    "beam.smp": Engine(_BROKER, "rabbitmq", 5672),
    "kafka": Engine(_BROKER, "kafka", 9092),
    "mosquitto": Engine(_BROKER, "mosquitto", 1883),
    "nats-server": Engine(_BROKER, "nats", 4222),
    "activemq": Engine(_BROKER, "activemq", 61616),
}
"""By the name of the process, or of its service unit."""

LOAD_BALANCERS = frozenset(("haproxy", "envoy", "traefik", "proxysql", "maxscale"))
SOCKETS: Mapping[str, str] = {"lldpd.socket": "lldpd"}
"""Programmes of the network's own that listen at a path alone, by the name of the file."""
ADMINISTRATION = frozenset(("sshd", "sshd-session", "ssh", "scp", "sftp"))
"""People and tools come by these; nothing that runs depends on it."""
ADMINISTRATION_PORT = 22

RELATION_BY_PORT: Mapping[int, str] = {
    53: "resolves_names_with",
    853: "resolves_names_with",
    88: "authenticates_with",
    389: "authenticates_with",
    636: "authenticates_with",
    3268: "authenticates_with",
    # Caches, brokers, mail and logs: the client waits or does without.
    **dict.fromkeys((6379, 11211, 5671, 5672, 9092, 1883, 8883, 4222, 61616, 25, 465, 587, 514, 601, 6514), "uses"),
    # Agents of monitoring.
    **dict.fromkeys((9100, 10050, 5666, 6556), "monitors"),
}
"""What a connection to a port means. Both ends see the same port, so they tell the same type of relation."""
DEPENDS = "depends_on"
WEAK = frozenset(("uses", "monitors", "connects_to"))

INTERPRETERS = re.compile(r"(python|pypy|ruby|perl|php|gunicorn)[\d.]*|java|node|uwsgi", re.ASCII)
# Units that start what somebody else asked for, so their name says nothing of the programme.
_FOREIGN_UNITS = re.compile(r"(user@|session|ssh|cron|docker|containerd|podman|supervisor|init|atd|getty)", re.ASCII)


def relation_to(port: int) -> str:
    """
    Return what type of relation a connection to a port is evidence of.

    >>> relation_to(5432), relation_to(6379)
    ('depends_on', 'uses')
    """
    return RELATION_BY_PORT.get(port, DEPENDS)


def program_name(process: str, unit: str, script: str) -> str:
    """
    Return what a programme is called: the process, or, as that of an interpreter is nobody's, its unit or script.

    >>> program_name("python3", "shop.service", "main.py"), program_name("python3", "", "main.py")
    ('shop', 'main.py')
    """
    if not INTERPRETERS.fullmatch(process):
        return process
    bare = unit.removesuffix(".service")
    return bare if bare and not _FOREIGN_UNITS.match(bare) else (script or process)
