"""Compose files: what they say is read in both of its forms, what they say besides is noted, bombs are refused."""

from __future__ import annotations

import pytest

from cmdb.exchange.compose import ComposeService, read_compose
from cmdb.exchange.estate.faults import Faults

SHOP = """
name: shop
x-common: &common
  restart: always
  networks: [back]
services:
  web:
    <<: *common
    image: registry.example/shop/web:1.4
    depends_on:
      db: {condition: service_healthy}
      cache: {condition: service_started, required: false}
    networks: {front: {aliases: [www]}, back: }
    deploy: {replicas: 3}
    ports: ["443:8443"]
    environment: {PASSWORD: planted-secret}
    labels: [team=shop, tier=1, "traefik.basicauth.users=planted-secret"]
  db:
    <<: *common
    image: postgres:16
    volumes: ["data:/var/lib/postgresql/data", "./init.sql:/init.sql:ro", {type: volume, source: wal, target: /wal}]
  cache: {image: "redis:7", scale: 2}
networks: {front: , back: }
volumes: {data: , wal: }
"""


def compose(text: str):
    """Return what was read, and the codes of what was wrong."""
    faults = Faults()
    return read_compose(text, faults), [fault.code for fault in faults.problems]


def test_a_compose_file_is_read_in_both_of_its_forms():
    """Lists and objects, short and long volumes, replicas and scale mean the same."""
    found, wrong = compose(SHOP)
    assert wrong == []
    assert (found.name, found.networks, found.volumes) == ("shop", ("back", "front"), ("data", "wal"))
    assert found.services == (
        ComposeService("cache", "redis:7", replicas=2),
        ComposeService("db", "postgres:16", networks=("back",), volumes=("data", "wal")),
        ComposeService(
            "web",
            "registry.example/shop/web:1.4",
            {"db": True, "cache": False},
            ("front", "back"),
            replicas=3,
            labels={"team": "shop", "tier": "1"},
        ),
    )


def test_what_may_hold_a_credential_is_not_even_read():
    """Environment, secrets and configs stay in the file, and labels that are called like a credential."""
    found, _ = compose(SHOP)
    assert [(note.code, note.facts.get("label")) for note in found.notes] == [
        ("compose.label_left_out", "traefik.basicauth.users"),
        ("compose.mounts", None),
    ]
    assert "planted-secret" not in repr(found)


def test_unknown_keys_and_what_was_not_read_are_noted_and_not_fatal():
    """A newer compose file is read all the same; what was left out is named with its place."""
    found, wrong = compose(
        "services:\n  a: {image: 'x:${TAG}', sparkle: 1, links: [b],\n"
        "    volumes: [./x:/x], depends_on: [c], networks: [n]}\n"
        "  b: {scale: '${N}'}\nglitter: 2\nx-own: 3\ninclude: [other.yaml]\n"
    )
    assert wrong == []
    assert [(note.code, note.facts) for note in found.notes] == [
        ("compose.unknown_key", {"key": "glitter", "at": "/"}),
        ("compose.not_read", {"key": "include", "at": "/include"}),
        ("compose.unknown_key", {"key": "sparkle", "at": "/services/a"}),
        ("compose.not_read", {"key": "links", "at": "/services/a/links"}),
        ("compose.variable", {"at": "/services/a/image", "value": "x:${TAG}"}),
        ("compose.mounts", {"at": "/services/a/volumes", "count": 1}),
        ("compose.variable", {"at": "/services/b/scale", "value": "${N}"}),
        ("compose.not_there", {"at": "/services/a/depends_on", "name": "c"}),
        ("compose.not_there", {"at": "/services/a/networks", "name": "n"}),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "compose.not_object"),
        ("[1]", "compose.not_object"),
        ("services: []", "compose.no_services"),
        ("services: {a: 5}", "compose.wrong"),
        ("services: {a: {scale: 100000000}}", "compose.replicas"),
        ("services: {a: {deploy: {replicas: -1}}}", "compose.replicas"),
        ("services: {a: {depends_on: 5}}", "compose.wrong"),
        ("services: {a: {volumes: {x: y}}}", "compose.wrong"),
        ('services: {"a\\u0000b": {}}', "compose.not_name"),
        ("services: {a: {networks: [[1]]}}", "compose.not_name"),
        ("services: &a {b: *a}", "document.loop"),
        ("a: " + "[" * 100, "document.nested"),
        ("services: {a: {}, ", "document.not_yaml"),
    ],
)
def test_what_is_no_compose_file_is_refused(text, code):
    """One reason with its place, and nothing of the file is believed."""
    found, wrong = compose(text)
    assert found is None
    assert wrong == [code]
