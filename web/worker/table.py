"""
The jobs there are: what each does, when the clock asks for it, and which function is called.

A job is one row here. One that only some installations want is a row that stands under the setting that asks for it. Of
sources each is a job of its own (:mod:`discovery.run`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING

from cmdb.errors import Family, ForeshockError, InvalidInput, NotFound, Problem
from cmdb.jobs import Job, Schedule
from cmdb.model.source import SOURCES
from cmdb.records import from_document
from cmdb.roles import Role
from discovery import run
from impact.questions import background
from web.addresses import References
from web.settings import Settings
from web.worker.audit import verify
from web.worker.calendar import renew
from web.worker.changes import JOB as CHANGES
from web.worker.changes import watch
from web.worker.clock import read_crontab
from web.worker.go import JOB as GO
from web.worker.go import check_again
from web.worker.health import measure
from web.worker.hours import keep_ahead
from web.worker.learning import JOB as LEARN
from web.worker.learning import learn_and_keep
from web.worker.meetings import lay_out
from web.worker.replay import JOB as REPLAY
from web.worker.replay import replay_in_turn
from web.worker.retention import let_go
from web.worker.verification import JOB as VERIFY
from web.worker.verification import hold_against_baselines

if TYPE_CHECKING:
    from cmdb.ports.store import Store

NIGHTLY = "30 2 * * *"
AFTER_NIGHTLY = "30 3 * * *"
MORNING = "0 5 * * *"
WEEKLY = "0 4 * * sun"
DAILY = "45 3 * * *"
AFTER_MIDNIGHT = "10 0 * * *"
HOUR = 3600.0
FIVE_MINUTES = 300
QUARTER_HOUR = 900
# The jobs that are there only where a setting asks for them: the setting, and what it says by way of example.
_SWITCHED_ON_BY = {"history-compact": ("FORESHOCK_HISTORY_DAYS", "3650")}


class JobOff(ForeshockError):
    """The job is one of those that a setting switches on, and the setting is not given."""

    code = "job.off"
    sentence = "the job {job} is switched off; {setting} switches it on, such as {setting}={example}"
    family = Family.NOT_FOUND

    def __init__(self, *, job: str, setting: str, example: str) -> None:
        super().__init__(job=job, setting=setting, example=example)


class JobTable(Mapping[str, Job]):
    """The jobs that settings make, and one for each source of a store, as it is when asked."""

    def __init__(self, fixed: Mapping[str, Job], store: Store, most: run.Most) -> None:
        self._fixed = fixed
        self._store = store
        self._most = most

    def __getitem__(self, name: str) -> Job:
        if name in self._fixed:
            return self._fixed[name]
        stored = self._store.get(SOURCES, name.removeprefix(run.PREFIX)) if name.startswith(run.PREFIX) else None
        if stored is None:
            raise KeyError(name)
        return run.job_of(from_document(SOURCES, stored.document), References(), self._most)

    def __iter__(self) -> Iterator[str]:
        yield from self._fixed
        after = None
        while True:
            page = self._store.find(SOURCES, after=after, limit=1000)
            yield from (run.job_name(stored.key) for stored in page.rows)
            after = page.after
            if after is None:
                return

    def __len__(self) -> int:
        return len(self._fixed) + self._store.count(SOURCES)


def refuse_missing(name: str, settings: Settings, store: Store) -> None:
    """
    Return if there is a job of this name.

    Raises:
        JobOff: a setting has to switch it on.
        NotFound: there is none.
        InvalidInput: as :func:`table`.
    """
    if name in table(settings, store):
        return
    if name in _SWITCHED_ON_BY:
        setting, example = _SWITCHED_ON_BY[name]
        raise JobOff(job=name, setting=setting, example=example)
    raise NotFound(kind="job", ids=(name,))


def table(settings: Settings, store: Store) -> Mapping[str, Job]:
    """
    Return the jobs by name.

    Raises:
        InvalidInput: a setting gives a schedule, days or limits that can not be read.
    """
    jobs = [
        Job(
            "audit-verify",
            "Check the store against its own log, every byte of it, and the hash chain.",
            verify,
            frozenset({Role.AUDITOR}),
            schedule=_schedule(settings.audit_schedule or NIGHTLY, setting="FORESHOCK_AUDIT_SCHEDULE"),
            seconds=12 * HOUR,
        ),
        Job(
            REPLAY,
            "Compute stored assessments again, all of them in turn, and tell which come out otherwise and why.",
            replay_in_turn,
            frozenset({Role.AUDITOR}),
            schedule=Schedule(cron=AFTER_NIGHTLY),
            seconds=12 * HOUR,
        ),
        Job(
            "health-measure",
            "Keep how healthy the records are today: figures only.",
            measure,
            frozenset({Role.ADMINISTRATOR}),
            schedule=Schedule(cron=DAILY),
        ),
        Job(
            CHANGES,
            "Expire changes that were not started in their window, raise alarms, withdraw models that fail.",
            watch,
            frozenset({Role.CHANGE_MANAGER}),
            schedule=Schedule(every=QUARTER_HOUR),
        ),
        Job(
            "calendar-renew",
            "Expand anew the rules of the calendar that are known for less than a year ahead.",
            renew,
            frozenset({Role.CHANGE_MANAGER}),
            schedule=Schedule(cron=WEEKLY),
        ),
        Job(
            "meetings-ahead",
            "Lay out the meetings of the next quarter of every series that comes again.",
            lay_out,
            frozenset({Role.CHANGE_MANAGER}),
            schedule=Schedule(cron=DAILY),
        ),
        Job(
            "service-hours",
            "Expand the calendars of service hours for years that are not known yet; those that are known stay.",
            keep_ahead,
            frozenset({Role.SERVICE_OWNER}),
            schedule=Schedule(cron=WEEKLY),
        ),
        Job(
            LEARN,
            "Learn P(fail) from the changes whose outcome matured at midnight UTC, and keep the model.",
            learn_and_keep,
            frozenset({Role.CHANGE_MANAGER}),
            schedule=Schedule(cron=AFTER_MIDNIGHT),
            seconds=HOUR,
        ),
        Job(
            GO,
            "Check approved changes again whose part of the estate was touched; a NO-GO suspends the approval.",
            check_again,
            frozenset({Role.CHANGE_MANAGER}),
            schedule=Schedule(every=FIVE_MINUTES),
        ),
        Job(
            background.JOB,
            "Answer a question about impact that somebody asked in the background.",
            background.answer,
            frozenset({Role.VIEWER}),
            seconds=HOUR,
            at_once=4,
            asked_by="its own command with --job, such as: foreshock criticality --job",
        ),
        Job(
            VERIFY,
            "Hold the estate against the approved baselines, and record what differs and what explains it.",
            partial(hold_against_baselines, signing_key=settings.signing_key),
            frozenset({Role.ENGINEER}),
            schedule=_schedule(settings.verify_schedule or MORNING, setting="FORESHOCK_VERIFY_SCHEDULE"),
            seconds=12 * HOUR,
        ),
    ]
    if settings.history_days:
        jobs.append(
            Job(
                "history-compact",
                "Let go of old history, never of what a decision rests on.",
                partial(let_go, days=_days(settings.history_days)),
                frozenset({Role.ADMINISTRATOR}),
                schedule=Schedule(cron=WEEKLY),
                seconds=12 * HOUR,
            )
        )
    return JobTable({job.name: job for job in jobs}, store, _most(settings.discovery_at_once))


def _schedule(text: str, *, setting: str) -> Schedule | None:
    return None if text.strip().lower() == "off" else Schedule(cron=read_crontab(text, what=setting))


def _days(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 6 and int(text) > 0:
        return int(text)
    fault = Problem("history.days", "{text!r} is no number of days; 3650 would be right", {"text": text}, "")
    raise InvalidInput([fault], what="FORESHOCK_HISTORY_DAYS", setting=True)


def _most(text: str) -> run.Most:
    in_all, by_connector = 0, {}
    for item in filter(None, map(str.strip, text.split(","))):
        name, equals, number = item.rpartition("=")
        count = int(number) if number.strip().isascii() and number.strip().isdigit() and len(number) < 6 else 0
        if not count or (equals and not name.strip()):
            sentence = "{item!r} is no limit; 10 (in all) or ssh_linux=2 would be right"
            fault = Problem("discovery.at_once", sentence, {"item": item[:100]}, "")
            raise InvalidInput([fault], what="FORESHOCK_DISCOVERY_AT_ONCE", setting=True)
        if equals:
            by_connector[name.strip()] = count
        else:
            in_all = count
    return run.Most(in_all, by_connector)
