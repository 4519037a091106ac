"""What the options of ``change new`` and ``change edit`` say, as the desk and the API take it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import click

PLACES = {
    "/title": "--title",
    "/reason": "--reason",
    "/type": "--type",
    "/window": "--from and --to",
    "/window/start": "--from",
    "/window/end": "--to",
    "/targets": "--target",
    "/implementer": "--implementer",
    "/steps": "--step",
    "/back_out": "--backout",
    "/back_out/plan": "--backout",
    "/back_out/minutes": "--backout-minutes",
    "/back_out/tested_on": "--backout-tested",
    "/team": "--team",
    "/model": "--model",
    "/benefit": "--benefit",
    "/communications": "--communications",
    "/test_evidence": "--test-evidence",
    "/after": "--after",
    "/incidents": "--incident",
}
_TEXTS = ("title", "reason", "benefit", "communications", "test_evidence")
_TIME = "2026-12-02T22:00+01:00 or 2026-12-02T22:00[Europe/Berlin]"


def content_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say what a change is; none is required here: the desk names all that lack."""
    return _added(command, _options())


def content_options_but_targets(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the same without ``--target``, where something else tells the targets."""
    return _added(command, [each for each in _options() if each is not _TARGET])


def _added(command: Callable[..., Any], options: Sequence[Callable[..., Any]]) -> Callable[..., Any]:
    for option in reversed(options):
        command = option(command)
    return command


_TARGET = click.option(
    "--target",
    "targets",
    multiple=True,
    metavar="ID[,effect=...][,offset=MIN][,minutes=MIN][,expect.ATTRIBUTE=VALUE][,link=...]",
    help="A CI the change touches, once for each. Effect down (default), restart, config, retire, add or rewire; offset"
    " is the minute of the window it goes out at, minutes for how long (left out: until the window ends). What add and"
    " rewire do: class=CLASS,name=NAME of the new CI; link=SOURCE TYPE TARGET [group=NAME], unlink=SOURCE TYPE TARGET"
    " [group=NAME], needs=CI GROUP NUMBER, as often as wanted. An id with a comma is quoted as in CSV.",
)


def _options() -> Sequence[Callable[..., Any]]:
    return (
        click.option("--title", metavar="TEXT", help="What is done, in one line."),
        click.option("--reason", metavar="TEXT", help="Why it has to be done."),
        _TARGET,
        click.option("--from", "start", metavar="TIME", help=f"When the window begins: {_TIME}."),
        click.option("--to", "end", metavar="TIME", help="When the window ends."),
        click.option(
            "--type",
            "change_type",
            type=click.Choice(["standard", "normal", "emergency"]),
            help="How ITIL sorts it; normal unless said otherwise.",
        ),
        click.option("--implementer", metavar="ID", help="Who does it; they do not decide about it."),
        click.option("--step", "steps", multiple=True, metavar="TEXT", help="A step of the plan, once for each."),
        click.option("--backout", metavar="TEXT", help="How to go back."),
        click.option("--backout-minutes", type=int, metavar="MIN", help="How long going back takes."),
        click.option(
            "--backout-tested",
            type=click.DateTime(["%Y-%m-%d"]),
            metavar="DATE",
            help="The day going back was last tested.",
        ),
        click.option("--team", metavar="NAME", help="The team that implements it."),
        click.option(
            "--model", metavar="ID", help="The change model it is made from, which fills in what is not given."
        ),
        click.option("--benefit", metavar="TEXT", help="What it is good for."),
        click.option("--communications", metavar="TEXT", help="Who is told, when and how."),
        click.option("--test-evidence", metavar="TEXT", help="How it is known that this works."),
        click.option(
            "--after", multiple=True, metavar="CHANGE", help="A change that has to succeed before it; repeatable."
        ),
        click.option(
            "--incident", "incidents", multiple=True, metavar="ID", help="An incident it is to resolve; repeatable."
        ),
    )


def given_of(options: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """
    Return what the options say, in the names of the change's document.

    ``before`` is the document of the change that is edited: an option completes what it has a part of there. An empty
    text takes implementer or back-out plan away. Targets stay the texts they are.
    """
    before = before or {}
    given = {name: options[name] for name in _TEXTS if options[name] is not None}
    if options["change_type"] is not None:
        given["type"] = options["change_type"]
    for name in ("targets", "steps", "after", "incidents"):
        if options[name]:
            given[name] = list(options[name])
    for name in ("implementer", "team", "model"):
        if options[name] is not None:
            given[name] = options[name] or None
    if options["start"] is not None or options["end"] is not None:
        given["window"] = _window(options, before.get("window") or {})
    back_out = _back_out(options, before.get("back_out") or {})
    if back_out != {}:
        given["back_out"] = back_out
    return given


def _window(options: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, str]:
    """Return the texts of both ends; one that is not given is the present one, in the window's own zone."""
    window = {}
    for name in ("start", "end"):
        text = options[name]
        if text is None and name in before:
            from web.wording_change import zone_named

            text = datetime.fromisoformat(before[name]).astimezone(zone_named(before["zone"])).isoformat()
            text += f"[{before['zone']}]" if "/" in before["zone"] else ""
        window[name] = text or ""
    return window


def _back_out(options: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the back-out plan, None where it is taken away, ``{}`` where nothing is said about it."""
    if options["backout"] == "":
        return None
    tested = options["backout_tested"]
    said = {
        "plan": options["backout"],
        "minutes": options["backout_minutes"],
        "tested_on": tested.date().isoformat() if tested else None,
    }
    said = {name: value for name, value in said.items() if value is not None}
    return {"plan": "", **before, **said} if said else {}
