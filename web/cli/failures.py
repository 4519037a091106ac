"""Failures at the command line: what a person or a script reads, and the exit status."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import click

from cmdb.errors import ForeshockError, NotFound, Problem
from web.cli.session import Session
from web.cli.tables import plain
from web.naming import namesakes_json, namesakes_read, namesakes_words
from web.wording import EXIT_STATUS, by_hand, problem_json, sentence

FAILURE = 1
USAGE = 2
BROKEN_PIPE = 141
INTERRUPTED = 130


def report(error: ForeshockError, session: Session, places: Mapping[str, str]) -> int:
    """
    Say what is wrong and return the exit status.

    ``places`` maps JSON pointers to the options a person used instead, so that both find their place named.
    """
    # What a server refused is told in its own words.
    document = getattr(error, "document", None) or {**problem_json(error), **_namesakes(error, session)}
    if session.output == "json":
        _problem(document)
    else:
        _say(sentence(error))
        faults = getattr(error, "problems", ())
        for fault in faults:
            place, entered = _place(fault, places)
            # A setting has no places; it is named in the line above.
            where = "" if getattr(error, "setting", False) and not fault.pointer else f"{plain(place)}: "
            _say(f"  {where}{plain((by_hand(fault) if entered else fault).message)}", lead="")
        more = error.facts.get("count", 0) - len(faults)
        if faults and more > 0:
            _say(f"  and {more} more", lead="")
        named = namesakes_read(document.get("named") or {})
        for name, found in named.items():
            _say(f"  {plain(namesakes_words(name, found))}", lead="")
        for ci, names in (document.get("nearest") or {}).items():
            if ci not in named:
                _say(f"  {plain(ci)}: did you mean {' or '.join(map(plain, names))}?", lead="")
        if isinstance(error, NotFound) and error.facts["kind"] == "ci" and not named.keys() >= set(error.facts["ids"]):
            _say("Find it by any word of its id, name or attributes: foreshock ci search WORD", lead="")
        if isinstance(error, NotFound) and error.facts["kind"] == "job":
            _say("See which jobs there are: foreshock job list", lead="")
        if isinstance(error, NotFound) and error.facts["kind"] == "connector":
            _say("See which connectors there are: foreshock source connectors", lead="")
    return EXIT_STATUS[error.family]


def _namesakes(error: ForeshockError, session: Session) -> dict[str, Any]:
    """Return which CIs have the names that were given for ids, as a problem document tells it."""
    from cmdb.configuration.naming import given_for_ids, namesakes

    texts = given_for_ids(error)
    if not texts or session.server is not None:
        return {}
    try:
        found = namesakes(session.context, texts)
    except ForeshockError:
        return {}
    return {"named": namesakes_json(found)} if found else {}


def _place(fault: Problem, places: Mapping[str, str]) -> tuple[str, bool]:
    """
    Return where a fault is (its line, the option it came from, or its pointer), and whether an option gave it.

    What follows the option's own pointer is said in words, positions counted from 1: ``--target 1, minutes``.
    """
    places = {"/as_of": "--as-of", "/at": "--as-of", **places}
    parts = (fault.pointer or "").split("/")
    for length in range(len(parts), 1, -1):
        option = places.get("/".join(parts[:length]))
        if option is not None and fault.line is None:
            rest = [str(int(part) + 1) if part.isdecimal() else part for part in parts[length:]]
            return f"{option} {', '.join(rest)}".strip(), True
    return fault.place, False


def report_usage(error: click.ClickException, session: Session) -> int:
    """Say how the command is meant to be called; status 2."""
    message = error.format_message()
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        _say(message, lead="")
        return USAGE
    if session.output == "json":
        _problem(_document("usage", message, 400))
        return USAGE
    context = getattr(error, "ctx", None)
    _say(message)
    if context is not None and context.command.get_help_option(context) is not None:
        _say(f"Try '{context.command_path} --help'.", lead="")
    return USAGE


def report_os_error(error: OSError, session: Session) -> int:
    """Say what the operating system refused, such as a full disk behind standard output."""
    place = f"{error.filename}: " if error.filename is not None else ""
    message = f"{place}{error.strerror or error}"
    if session.output == "json":
        _problem(_document("system", message, 500))
    else:
        _say(message)
    return FAILURE


def report_unexpected(error: Exception, session: Session) -> int:
    """Say that the programme itself is wrong; FORESHOCK_DEBUG asks for the traceback."""
    if session.settings.debug:
        import traceback

        traceback.print_exception(error)
        return FAILURE
    message = f"this should not happen: {type(error).__name__}: {error} (FORESHOCK_DEBUG=1 shows where)"
    if session.output == "json":
        _problem(_document("unexpected", message, 500))
    else:
        _say(message)
    return FAILURE


_PARTS = "what was written so far stays, and the same command goes on with it"


def report_interrupt(written: bool | None, *, in_parts: bool = False, is_told: bool = False) -> int:
    """
    Say whether an interrupted command has written anything (None: nobody can know); status 130.

    ``in_parts`` tells that it writes part by part, each of which stays, and goes on when given again; ``is_told``,
    that what became of its work was said already.
    """
    outcomes = {
        True: "it had written already",
        False: "nothing was written",
        None: "whether the server has written anything is not known; look before you try again",
    }
    said = _PARTS if in_parts else outcomes[written]
    _say("interrupted" if is_told else f"interrupted; {said}")
    return INTERRUPTED


def report_no_output() -> int:
    """Say that standard output was closed before the programme began; nothing is done then."""
    _say("standard output is closed: there is nowhere to put the answer")
    return FAILURE


def stay_quiet() -> int:
    """Nothing reaches standard output any more: keep the interpreter from complaining about it when it ends."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, 1)
    return BROKEN_PIPE


def _document(code: str, title: str, status: int) -> dict[str, Any]:
    fault = {"pointer": "", "code": code, "message": title}
    return {"type": f"urn:foreshock:error:{code}", "title": title, "status": status, "code": code, "errors": [fault]}


def _problem(document: dict[str, Any]) -> None:
    from web.cli.output import pretty

    try:
        click.echo(pretty(document))
    except BrokenPipeError:
        raise
    except OSError:
        # What failed may be standard output itself; then nothing of it can be told there.
        stay_quiet()
        _say(document["title"])


def _say(message: str, lead: str = "foreshock: ") -> None:
    click.echo(f"{lead}{message}", err=True)
