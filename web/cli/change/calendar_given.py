"""What is typed of an entry of the calendar: the options that say when it is and what it covers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from cmdb.change.calendar.recurrence import ScheduleGiven
    from cmdb.model.calendar_entry import Covered

F = TypeVar("F", bound=Callable[..., Any])
_TIME = "2026-12-02T22:00+01:00 or 2026-12-02T22:00[Europe/Berlin]"

_MOMENTS = (
    *(("start", "--from"), ("end", "--to"), ("rule", "--rule")),
    *(("excluded", "--except"), ("added", "--also"), ("until", "--until")),
)
PLACES = {
    "/name": "--name",
    "/team": "TEAM",
    "/reason": "--reason",
    **{f"/{key}/{name}": option for key in ("schedule", "hours") for name, option in _MOMENTS},
    "/covers": "--all, --service, --class, --environment or --ci",
    "/covers/services": "--service",
    "/covers/cis": "--ci",
    "/covers/classes": "--class",
    "/covers/environments": "--environment",
    "/demand": "--demand",
    "/minutes": "--minutes",
    "/at_once": "--at-once",
}


def when(required: bool) -> Callable[[F], F]:
    """Return the options that say when something is."""

    def decorate(function: F) -> F:
        for each in (
            click.option("--until", metavar="TIME", help="Expand the rule until then; two years ahead if left out."),
            click.option("--also", "added", multiple=True, metavar="TIME", help="A further start; repeatable."),
            click.option("--except", "excluded", multiple=True, metavar="TIME", help="A start left out; repeatable."),
            click.option("--rule", metavar="RRULE", help="Again by this rule (RFC 5545): FREQ=WEEKLY;BYDAY=SA."),
            click.option("--to", "end", required=required, metavar="TIME", help="When it ends, the first time."),
            click.option("--from", "start", required=required, metavar="TIME", help=f"When it begins: {_TIME}."),
        ):
            function = each(function)
        return function

    return decorate


def covering(*names: str) -> Callable[[F], F]:
    """Return the options that say what an entry covers."""
    known = {
        "all": click.option("--all", "everything", is_flag=True, help="It covers everything."),
        "service": click.option("--service", "services", multiple=True, metavar="ID", help="A service; repeatable."),
        "ci": click.option("--ci", "cis", multiple=True, metavar="ID", help="A CI itself; repeatable."),
        "class": click.option(
            "--class", "classes", multiple=True, metavar="CLASS", help="CIs of a class and those below it; repeatable."
        ),
        "environment": click.option(
            "--environment", "environments", multiple=True, metavar="NAME", help="CIs of an environment; repeatable."
        ),
    }

    def decorate(function: F) -> F:
        for name in reversed(names):
            function = known[name](function)
        return function

    return decorate


def schedule_of(given: dict[str, Any]) -> ScheduleGiven:
    """Take the options of :func:`when` out of what was given."""
    from cmdb.change.calendar.recurrence import ScheduleGiven

    names = ("start", "end", "rule", "excluded", "added", "until")
    return ScheduleGiven(**{name: given.pop(name) for name in names})


def covered(given: dict[str, Any]) -> Covered:
    """Take the options of :func:`covering` out of what was given."""
    from cmdb.model.calendar_entry import Covered

    lists = {name: given.pop(name, ()) for name in ("services", "cis", "classes", "environments")}
    return Covered(given.pop("everything", False), **lists)
