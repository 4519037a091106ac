"""The one place that chooses adapters: from settings to an opened store and a context."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from cmdb.context import Context
from cmdb.ports.errors import StoreBusy, StoreUnavailable
from web.actors import acting
from web.addresses import Neo4jAddress, References, SqliteAddress, StoreAddress, read_address, read_reference
from web.settings import Settings

if TYPE_CHECKING:
    from flask import Flask

    from cmdb.jobs import Job, Schedule
    from cmdb.model.run import Said
    from cmdb.ports.store import Store
    from cmdb.running import Runner
    from discovery.receiving import Reception
    from web.worker.working import Worker

NEO4J_USER = "neo4j"
_RETRY_SECONDS = 1.0
_WARM_UP_AFTER_SECONDS = 2.0


class SystemClock:
    """The machine's own time of day."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def store_address(settings: Settings) -> StoreAddress:
    """
    Return the store that the settings name.

    Raises:
        InvalidInput: FORESHOCK_STORE is not an address we know.
    """
    if settings.store:
        return read_address(settings.store)
    from platformdirs import user_data_path

    return SqliteAddress(user_data_path("foreshock", appauthor=False) / "foreshock.db")


def open_store(settings: Settings, *, create: bool = True) -> Store:
    """Open the store the settings name; see :func:`open_address`."""
    return open_address(store_address(settings), settings, create=create)


def open_address(address: StoreAddress, settings: Settings, *, create: bool = True) -> Store:
    """
    Open a store; with ``create`` one that is not there yet is made. The credentials of a server come from the settings.

    Raises:
        InvalidInput: a reference to a credential leads nowhere.
        NotFound: there is no store and ``create`` is False.
        Whatever the adapter refuses.
    """
    if isinstance(address, Neo4jAddress):
        from cmdb.stores.neo4j import open_store as open_neo4j

        return open_neo4j(address.url, database=address.database, create=create, **_credentials(settings))
    from cmdb.stores.sqlite import open_store as open_sqlite

    if create:
        address.path.parent.mkdir(parents=True, exist_ok=True)
    return open_sqlite(address.path, create=create)


class _Credentials(TypedDict):
    user: str
    password: str


def _credentials(settings: Settings) -> _Credentials:
    """Return user and password of the server; without a password, and without a user who is named, there is none."""
    password = read_reference(settings.store_password, what="FORESHOCK_STORE_PASSWORD")
    user = read_reference(settings.store_user, what="FORESHOCK_STORE_USER") or (NEO4J_USER if password else "")
    return {"user": user, "password": password}


def restore_store(settings: Settings, source: Path) -> int:
    """
    Make the store the settings name from a backup of its adapter and return its revision.

    A store that is there is never replaced.
    """
    address = store_address(settings)
    if isinstance(address, Neo4jAddress):
        from cmdb.stores.neo4j import restore as restore_neo4j

        return restore_neo4j(source, address.url, database=address.database, **_credentials(settings))
    from cmdb.stores.sqlite import restore

    address.path.parent.mkdir(parents=True, exist_ok=True)
    return restore(source, address.path)


def make_context(settings: Settings, store: Store, *, txn_id: str | None = None) -> Context:
    """Return the context of the actor the settings name, on an opened store."""
    from cmdb.people.persons import recorded

    return Context(store, store.coordination, SystemClock(), recorded(store, acting(settings)), txn_id=txn_id)


def job_table(settings: Settings, store: Store) -> Mapping[str, Job]:
    """Return the jobs there are, by name; raises as :func:`web.worker.table.table`."""
    from web.worker.table import table

    return table(settings, store)


def job_rows(context: Context, settings: Settings) -> list[dict[str, Any]]:
    """
    Return the jobs there are as JSON: ``purpose``, ``schedule``, when the clock asks ``next``, and the ``last`` run.

    Raises:
        NotAllowed: the actor may not read jobs.
        InvalidInput: as :func:`job_table`.
    """
    from cmdb import jobs as desk

    rows = []
    for job in job_table(settings, context.store).values():
        last = desk.listing(context, jobs=[job.name], limit=1).rows
        moment = next_moment(job.schedule, context.clock.now()) if job.schedule else None
        rows.append(
            {
                "name": job.name,
                "purpose": job.purpose,
                "schedule": job.schedule.cron if job.schedule else None,
                "next": moment.isoformat().replace("+00:00", "Z") if moment else None,
                "last": last[0].record if last else None,
            }
        )
    return rows


def refuse_missing_job(name: str, settings: Settings, store: Store) -> None:
    """Return if there is a job of this name; raises as :func:`web.worker.table.refuse_missing`."""
    from web.worker.table import refuse_missing

    refuse_missing(name, settings, store)


def next_moment(schedule: Schedule, after: datetime) -> datetime | None:
    """Return the first moment of a schedule later than ``after``."""
    from web.worker.clock import next_moment as first_after

    return first_after(schedule, after)


def make_runner(settings: Settings, store: Store, *, holder: str) -> Runner:
    """Return what does runs in this process; raises as :func:`job_table`."""
    from cmdb.running import Runner

    return Runner(store, SystemClock(), job_table(settings, store), holder=holder)


def make_worker(settings: Settings, store: Store, *, holder: str, at_once: int, **heard: Any) -> Worker:
    """Return a worker on an opened store; ``heard`` are its ``tell`` and ``say``. Raises as :func:`job_table`."""
    from web.worker.working import Worker

    return Worker(store, SystemClock(), job_table(settings, store), holder=holder, at_once=at_once, **heard)


def make_reception(store: Callable[[], Store], *, listen: bool, say: Callable[[Said], None] | None = None) -> Reception:
    """Return what receives in this process for the sources of a store: handed bodies, or with servers of its own."""
    from discovery.receiving import Reception

    return Reception(store, References(), listen=listen, say=say or _log_said)


def _log_said(said: Said) -> None:
    import logging

    from web.wording_run import said_words

    logging.getLogger(__name__).warning("%s", said_words(said))


def make_app(settings: Settings, *, questions: int = 1, holder: str = "server", host: str = "127.0.0.1") -> Flask:
    """
    Return the web application on the store the settings name, for a server that listens at ``host``.

    Its requests act as who is signed in or whose API token they send; where nobody signs in, in one actor's name.

    While it serves, it answers so many ``questions`` that were asked in the background at one time, as ``holder``.

    A store that can not be reached now does not keep the server from starting: requests are told so until it answers.

    Raises:
        InvalidInput: a setting is wrong: the store's address, a credential's reference, the people file, signing in.
        Whatever opening a store refuses, but for its absence.
    """
    from impact.reading.following import following
    from web.app import create_app
    from web.request import JOBS, RECEPTION, WHILE_SERVING
    from web.signin.guard import NOBODY, actor_of_request
    from web.signin.policy import policy_of

    sign_in = policy_of(settings, host=host, store=store_address(settings).shown)
    actor, clock, opening = acting(settings), SystemClock(), _Opening(settings)
    reception = make_reception(opening.store, listen=False)
    try:
        opening.store()
    except (StoreUnavailable, StoreBusy):
        if isinstance(store_address(settings), SqliteAddress):
            raise

    def contexts(txn_id: str | None) -> Context:
        store = opening.store()
        nobody = Context(store, store.coordination, clock, NOBODY)
        return Context(store, store.coordination, clock, actor_of_request(nobody, sign_in, actor), txn_id=txn_id)

    @contextmanager
    def while_serving() -> Iterator[None]:
        def begin(store: Store) -> None:
            served.enter_context(following(store))
            if questions:
                served.enter_context(_answering(store, settings, holder, questions))

        with ExitStack() as served:
            served.enter_context(_warming_up())
            served.enter_context(reception.kept())
            opening.when_open(begin)
            yield
            opening.when_open(None)

    app = create_app(contexts, sign_in)
    app.extensions[WHILE_SERVING] = while_serving
    app.extensions[RECEPTION] = reception
    app.extensions[JOBS] = lambda context: job_rows(context, settings)
    return app


def _answering(store: Store, settings: Settings, holder: str, at_once: int) -> AbstractContextManager[None]:
    """Return what answers questions of the store beside the requests."""
    from web.worker.asked import answering

    return answering(
        store, SystemClock(), lambda: job_table(settings, store)["question"], holder=holder, at_once=at_once
    )


@contextmanager
def _warming_up() -> Iterator[None]:
    """Have the kernels compiled beside the requests, after the first of them; leaving waits for the one in hand."""
    from impact.kernels import warm

    leaving = threading.Event()

    def warm_up() -> None:
        if not leaving.wait(_WARM_UP_AFTER_SECONDS):
            warm(leaving.is_set)

    # A process that ends while a kernel is being compiled would take the compiler away under it.
    thread = threading.Thread(target=warm_up, name="foreshock-warm-up", daemon=True)
    thread.start()
    try:
        yield
    finally:
        leaving.set()
        thread.join()


class _Opening:
    """Opens the store once; while it can not be reached, one request a second finds out and the rest hear the same."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._store: Store | None = None
        self._failure: Exception | None = None
        self._next = 0.0
        self._lock = threading.Lock()
        self._act: Callable[[Store], object] | None = None

    def when_open(self, act: Callable[[Store], object] | None) -> None:
        """Do this with the store, now or as soon as it is opened; None takes that back."""
        with self._lock:
            self._act = act
            if self._store is not None and act is not None:
                act(self._store)

    def store(self) -> Store:
        """Return the opened store; raises as :func:`open_address`."""
        if self._store is not None:
            return self._store
        with self._lock:
            if self._store is None and self._failure is not None and time.monotonic() < self._next:
                raise self._failure
            if self._store is None:
                try:
                    self._store = open_store(self._settings)
                except (StoreUnavailable, StoreBusy) as failure:
                    self._failure, self._next = failure, time.monotonic() + _RETRY_SECONDS
                    raise
                if self._act is not None:
                    self._act(self._store)
            return self._store
