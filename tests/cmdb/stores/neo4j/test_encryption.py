"""The way to the server may be encrypted and routed: by addresses with +s and +ssc, and by neo4j://."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cmdb.ports.errors import StoreUnavailable
from cmdb.stores.neo4j import open_store
from tests.contracts.things import NOTES, note, write
from tests.neo4j_server import Neo4j, Server, own_neo4j

PATIENCE = 3.0
ENCRYPTED = {
    "server.bolt.tls_level": "REQUIRED",
    "dbms.ssl.policy.bolt.enabled": "true",
    "dbms.ssl.policy.bolt.base_directory": "certificates/bolt",
    "dbms.ssl.policy.bolt.private_key": "private.key",
    "dbms.ssl.policy.bolt.public_certificate": "public.crt",
}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for the loopback address that nobody but itself vouches for; its key lies beside it."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not here to make a certificate with")
    folder = tmp_path_factory.mktemp("certificate")
    words = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1"
    subprocess.run(
        ["openssl", *words.split(), "-keyout", "private.key", "-out", "public.crt"],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return folder / "public.crt"


@pytest.fixture(scope="module")
def encrypted(certificate: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that speaks nothing but TLS."""
    home = tmp_path_factory.mktemp("encrypted")
    shutil.copytree(certificate.parent, home / "certificates" / "bolt")
    with own_neo4j(home, settings=ENCRYPTED, scheme="bolt+ssc") as server:
        yield server


@pytest.mark.neo4j
@pytest.mark.parametrize("scheme", ["bolt+ssc", "neo4j+ssc"])
def test_a_certificate_that_nobody_vouches_for_is_taken_where_that_is_asked(encrypted: Server, scheme: str):
    """Routed or not."""
    encrypted.wipe()
    with closing(open_store(f"{scheme}://127.0.0.1:{encrypted.port}", patience=PATIENCE)) as store:
        write(store, note("n", rank=1))
        assert store.get(NOTES, "n").document["rank"] == 1


@pytest.mark.neo4j
@pytest.mark.parametrize("scheme", ["bolt+s", "neo4j+s"])
def test_a_certificate_must_be_vouched_for(encrypted: Server, certificate: Path, scheme: str, monkeypatch):
    """Else nothing is said to the server; by a file of SSL_CERT_FILE somebody vouches."""
    encrypted.wipe()
    address = f"{scheme}://127.0.0.1:{encrypted.port}"
    with pytest.raises(StoreUnavailable) as refused:
        open_store(address, patience=PATIENCE)
    assert "certificate" in refused.value.facts["cause"]
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with closing(open_store(address, patience=PATIENCE)) as store:
        assert write(store, note("n", rank=1)).revision == 1


@pytest.mark.neo4j
def test_a_server_that_speaks_only_tls_refuses_who_does_not(encrypted: Server):
    """And the message names the address that was tried."""
    address = f"bolt://127.0.0.1:{encrypted.port}"
    with pytest.raises(StoreUnavailable) as refused:
        open_store(address, patience=PATIENCE)
    assert refused.value.facts["store"] == address
    assert "TLS" in refused.value.facts["cause"]


def test_a_server_that_speaks_no_tls_is_told_from_one_that_is_away(neo4j_server: Neo4j):
    """Somebody answers there, only not as the address says."""
    address = neo4j_server.address.replace("bolt://", "bolt+ssc://")
    with pytest.raises(StoreUnavailable) as refused:
        open_store(address, patience=PATIENCE)
    assert refused.value.facts["store"] == address
    assert "TLS" in refused.value.facts["cause"]


def test_a_routed_address_is_a_store_too(neo4j_server: Neo4j):
    """One server is a cluster of one; what was written is read at once, whichever member answers."""
    neo4j_server.wipe()
    who = {"user": neo4j_server.user, "password": neo4j_server.password}
    with closing(open_store(neo4j_server.address.replace("bolt://", "neo4j://"), **who)) as store:
        for rank in range(20):
            done = write(store, note("n", rank=rank))
            assert store.revision() == done.revision
            assert store.get(NOTES, "n").document["rank"] == rank
