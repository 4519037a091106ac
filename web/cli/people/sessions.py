"""Sessions and sign-ins at the command line, and one-time links; its twins are the resources of these names."""

from __future__ import annotations

from typing import Any

import click

from web.cli.output import done, emit
from web.cli.root import command
from web.cli.session import Session
from web.cli.tables import table


@command(example="foreshock person invite cab-chair")
@click.argument("person")
@click.pass_obj
def invite(session: Session, /, person: str) -> None:
    """Make a link by which a person sets their password, once, within a day; earlier ones are no longer good."""
    from cmdb.people import sign_in

    document = invitation(session, session.twin(sign_in).invite(session.context, person))
    done(
        session,
        document,
        f"Hand this to {person} alone; it is good once, until {document['ends']}:\n{document['link']}",
    )


def invitation(session: Session, made: Any) -> dict[str, Any]:
    """Return an invitation that was made as JSON, with its link."""
    from cmdb.model.invitation import INVITATIONS
    from cmdb.records import to_json
    from web.signin.links import link_of

    link = made.secret if made.secret.startswith("http") else link_of(made.secret, session.settings.public_url)
    return {**to_json(INVITATIONS, made.invitation), "link": link}


@command(example="foreshock session list --person cab-chair")
@click.option("--person", metavar="PERSON", help="Those of another person.")
@click.pass_obj
def list_sessions(session: Session, /, person: str | None) -> None:
    """List one's sessions, also those that have ended."""
    from cmdb.model.session import SESSIONS
    from cmdb.people import sessions
    from cmdb.records import to_json

    desk, rows, after = session.twin(sessions), [], None
    while True:
        page = desk.listing(session.context, person=person, after=after, limit=1000)
        rows += [to_json(SESSIONS, held.record) for held in page.rows]
        after = page.after
        if after is None:
            break
    shown = [[row["id"], row["person"], row["began"], row["ends"], row["address"], row["because"]] for row in rows]
    headers = ("SESSION", "PERSON", "BEGAN", "ENDS", "FROM", "ENDED BY")
    emit(session, {"rows": rows}, lambda: table(headers, shown) if rows else ["There is no session."], rows=rows)


@command(example="foreshock session revoke SES-1001")
@click.argument("session_id", metavar="SESSION")
@click.pass_obj
def revoke(session: Session, /, session_id: str) -> None:
    """End a session by its id; whoever has it open is asked to sign in again."""
    from cmdb.model.session import SESSIONS
    from cmdb.people import sessions
    from cmdb.records import to_json

    held = session.twin(sessions).revoke(session.context, session_id)
    done(session, to_json(SESSIONS, held.record), f"{session_id} has ended.")


@command(example="foreshock person sign-ins --outcome failed")
@click.option("--person", metavar="PERSON", help="Only of this person.")
@click.option("--outcome", metavar="OUTCOME", help="Only these, such as failed or throttled.")
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True, help="How many at most.")
@click.pass_obj
def sign_ins(session: Session, /, person: str | None, outcome: str | None, limit: int) -> None:
    """List what happened at the door, the newest first: sign-ins, refused or not, links, tokens."""
    from cmdb.model.sign_in_event import SIGN_IN_EVENTS, SignInOutcome
    from cmdb.people import sign_in_events
    from cmdb.records import to_json

    known = [each.value for each in SignInOutcome]
    if outcome is not None and outcome not in known:
        raise click.UsageError(f"'{outcome}' is no outcome; the outcomes are {', '.join(known)}")
    wanted = SignInOutcome(outcome) if outcome else None
    page = session.twin(sign_in_events).listing(session.context, person=person, outcome=wanted, limit=limit)
    rows = [to_json(SIGN_IN_EVENTS, held.record) for held in page.rows]
    shown = [[row["at"], row["outcome"], row["person"], row["address"], row["subject"]] for row in rows]
    more = ["There are more: --limit"] if page.after else []
    headers = ("AT", "OUTCOME", "PERSON", "FROM", "ABOUT")
    document = {"rows": rows, "next": page.after}
    emit(session, document, lambda: [*table(headers, shown), *more] if rows else ["Nothing happened yet."], rows=rows)
