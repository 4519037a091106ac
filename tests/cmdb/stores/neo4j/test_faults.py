"""A connection that is cut, and what the caller is told."""

from __future__ import annotations

import os
import random
import signal
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import neo4j
import pytest

from cmdb.errors import ForeshockError
from cmdb.model.ci import CIS
from cmdb.ports.errors import OutcomeUnknown, StoreBusy, StoreUnavailable
from cmdb.ports.store import Applied
from cmdb.stores.neo4j import open_store
from tests.contracts.things import ci, write

COMMIT = b"\xb0\x12"  # The message that ends a transaction.


class Proxy:
    """A loopback proxy that, when armed, lets a commit through, waits for the server's answer, and cuts."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition("//")[2].rpartition(":")
        self.server = (host, int(port))
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"bolt://127.0.0.1:{self.listener.getsockname()[1]}"
        self.armed = 0
        self.refusing = False
        self.cuts = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                if self.refusing:
                    client.close()
                    continue
                server = socket.create_connection(self.server)
                cut = threading.Event()
                for one, other, up in ((client, server, True), (server, client, False)):
                    threading.Thread(target=self._pass, args=(one, other, up, cut), daemon=True).start()

    def _pass(self, one: socket.socket, other: socket.socket, up: bool, cut: threading.Event) -> None:
        with suppress(OSError):
            while content := one.recv(65536):
                if up and self.armed and COMMIT in content:
                    self.armed -= 1
                    cut.set()
                if not up and cut.is_set():
                    # The server has answered, so it has committed; nobody hears of it.
                    self.cuts += 1
                    break
                other.sendall(content)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def close(self) -> None:
        self.listener.close()


@pytest.fixture
def proxy(address):
    """A proxy in front of the server."""
    proxy = Proxy(address)
    yield proxy
    proxy.close()


def test_a_commit_whose_answer_was_lost_counts_once(proxy, opened):
    """The writer finds out by itself, and answers as if nothing had been."""
    store = open_store(proxy.address, patience=10)
    try:
        write(store, ci("a"))
        for n in range(5):
            proxy.armed = 1
            assert write(store, ci("a", name=str(n)), txn_id=f"lost-{n}") == Applied(n + 2, 1)
        assert proxy.cuts >= 5
    finally:
        store.close()
    direct = opened()
    assert direct.revision() == 6
    assert direct.get(CIS, "a").version == 6
    assert direct.check() == ()


def test_what_coordination_gives_once_is_given_once_when_its_answer_is_lost(proxy):
    """To the caller who asked: a slot, a run, an addition."""
    store = open_store(proxy.address, patience=10)
    try:
        coordination = store.coordination
        coordination.claim_run("warm", "up")
        proxy.armed = 1
        assert coordination.claim_run("job", "slot") is True
        assert coordination.claim_run("job", "slot") is False
        proxy.armed = 1
        assert coordination.enqueue("q", "one", {}) is True
        assert coordination.enqueue("q", "one", {}) is False
        proxy.armed = 1
        run = coordination.take("q", holder="w", seconds=60)
        assert (run.id, run.attempt) == ("one", 1)
        proxy.armed = 1
        assert coordination.done(run) is True
        assert coordination.done(run) is False
        coordination.count("c", seconds=60)
        proxy.armed = 1
        assert coordination.count("c", seconds=60) == 2
        assert proxy.cuts >= 5
    finally:
        store.close()


def test_when_nobody_can_tell_the_outcome_is_unknown_and_a_retry_is_safe(proxy, opened):
    """The server went away after the commit was sent."""
    store = open_store(proxy.address, patience=0.5)
    try:
        write(store, ci("a"))
        proxy.armed, proxy.refusing = 1, True
        with pytest.raises(OutcomeUnknown):
            write(store, ci("b"), txn_id="unknown")
        with pytest.raises(StoreUnavailable) as refused:
            store.get(CIS, "a")
        assert refused.value.facts["store"] == proxy.address
        proxy.refusing = False
        assert write(store, ci("b"), txn_id="unknown") == Applied(2, 1, repeated=True)
    finally:
        store.close()
    assert opened().revision() == 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system can not fork")
def test_a_store_is_used_on_after_a_fork(store):
    """Parent and child each have connections of their own."""
    write(store, ci("a"))
    child = os.fork()
    if child == 0:
        code = 1
        with suppress(ForeshockError):
            code = 0 if store.get(CIS, "a") is not None and write(store, ci("b"), txn_id="child").revision == 2 else 2
        os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert store.get(CIS, "b") is not None
    write(store, ci("c"))


def test_a_writer_that_froze_with_the_lock_in_its_hand_holds_others_up_for_a_while_only(store, monkeypatch):
    """It was stopped in the midst of a batch; the server still hears from its machine, and so would wait for it."""
    monkeypatch.setattr("cmdb.stores.neo4j.write.SHORT_SECONDS", 1.0)
    write(store, ci("a"))
    with neo4j.GraphDatabase.driver(store.address) as driver, driver.session() as session:
        frozen = session.begin_transaction()
        frozen.run("MATCH (h:_Head) SET h.seq = h.seq + 1").consume()
        with ThreadPoolExecutor(1) as pool:
            waits = pool.submit(write, store, ci("b"), txn_id="b")
            try:
                fault = waits.exception(timeout=60)
            finally:
                frozen.rollback()
        assert isinstance(fault, StoreBusy), fault
        assert fault.facts == {"seconds": 1.0}
    assert write(store, ci("b"), txn_id="b") == Applied(2, 1)


# An interrupt that comes while Python tidies something away is swallowed there, and pytest would make it a fault.
@pytest.mark.filterwarnings("ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_tears_no_connection(store):
    """Ctrl-C at any moment ends what was asked; what is asked next on the same handle is answered rightly."""
    write(store, *[ci(f"c{n}", name="x" * 500) for n in range(300)])
    chance, interrupted = random.Random(1), 0

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        for _ in range(150):
            try:
                signal.setitimer(signal.ITIMER_REAL, chance.uniform(0.0005, 0.03))
                store.find(CIS, limit=300)
                signal.setitimer(signal.ITIMER_REAL, 0)
            except KeyboardInterrupt:
                interrupted += 1
            assert len(store.find(CIS, limit=300).rows) == 300
            assert store.revision() == 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert interrupted > 20
