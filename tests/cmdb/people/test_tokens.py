"""API tokens: whose they are, what they are good for, and when no longer."""

from __future__ import annotations

import pytest

from cmdb.context import Context
from cmdb.errors import InvalidInput, NotAllowed, OutOfScope
from cmdb.people import persons, sign_in_events, tokens
from cmdb.people.errors import PersonNeeded, TokenRefused
from cmdb.roles import ACTS, Role, may
from tests.builders import as_actor, file_of, the_context


@pytest.fixture
def office():
    """An administrator's context on a store with an engineer."""
    context = the_context(role="administrator")
    persons.add(context, "dba", name="Database team", roles=["engineer"])
    return context


def by(context, text):
    """Return the context of a request with this token."""
    return Context(context.store, context.coordination, context.clock, tokens.bearer(context, text))


def test_a_token_acts_as_its_account_within_its_scopes(office):
    """What it is not for is refused by name, whatever the account may do."""
    made = tokens.make(as_actor(office, "engineer", "dba"), name="nightly", scopes=["ci:read", "ci:write"])
    assert made.token.startswith("fsk_")
    theirs = by(office, made.token)
    assert (theirs.actor.id, theirs.actor.person) == ("dba", "dba")
    theirs.allow("ci:write")
    with pytest.raises(OutOfScope):
        theirs.allow("change:raise")


def test_without_scopes_it_is_for_what_the_account_may_do_now_and_a_role_stands_for_its_acts(office):
    """Never for more."""
    engineer = as_actor(office, "engineer", "dba")
    assert set(tokens.make(engineer, name="all").record.scopes) == ACTS[Role.ENGINEER]
    assert set(tokens.make(engineer, name="read", roles=["viewer"]).record.scopes) == ACTS[Role.VIEWER]
    beyond = tokens.make(engineer, name="some", roles=["administrator"]).record.scopes
    assert set(beyond) == ACTS[Role.ENGINEER] & ACTS[Role.ADMINISTRATOR]


def test_a_token_loses_what_its_person_loses(office):
    """Roles are asked at each use, also those of a token that was made with more."""
    made = tokens.make(as_actor(office, "engineer", "dba"), name="nightly")
    persons.edit(office, "dba", roles=["viewer"])
    assert not may(tokens.bearer(office, made.token), "ci:write")
    persons.edit(office, "dba", active=False)
    with pytest.raises(TokenRefused):
        tokens.bearer(office, made.token)


def test_a_token_ends_by_its_day_or_when_revoked(office):
    """And says to nobody which of the two it was."""
    engineer = as_actor(office, "engineer", "dba")
    short, revoked = tokens.make(engineer, name="short", days=1), tokens.make(engineer, name="revoked")
    tokens.revoke(engineer, revoked.record.id)
    with pytest.raises(TokenRefused):
        tokens.bearer(office, revoked.token)
    tokens.bearer(office, short.token)
    office.clock.forward(days=1)
    with pytest.raises(TokenRefused):
        tokens.bearer(office, short.token)
    assert {held.record.outcome.value for held in sign_in_events.listing(office).rows} == {
        "token_made",
        "token_revoked",
    }


@pytest.mark.parametrize("text", ["", "fsk_", "fsk_1001", "fsk_1001_" + "x" * 43, "Bearer", "fsk_é", "fsk_" + "9" * 99])
def test_what_is_no_token_is_refused(office, text):
    """Whatever stands in the header."""
    tokens.make(office, name="there")
    with pytest.raises(TokenRefused):
        tokens.bearer(office, text)


def test_every_fault_of_a_token_is_told_at_once(office):
    """Where it is, and what would be right."""
    engineer = as_actor(office, "engineer", "dba")
    with pytest.raises(InvalidInput) as refused:
        tokens.make(engineer, name=" ", scopes=["ci:fly", "person:write"], roles=["boss"], days=0)
    assert [(problem.code, problem.pointer) for problem in refused.value.problems] == [
        ("token.name", "/name"),
        ("token.days", "/days"),
        ("token.unknown_scope", "/scopes/0"),
        ("token.beyond", "/scopes/1"),
        ("token.unknown_role", "/roles/0"),
    ]


def test_a_token_makes_no_tokens(office):
    """Whoever found one can not stay by making another."""
    made = tokens.make(office, name="all")
    with pytest.raises(PersonNeeded):
        tokens.make(by(office, made.token), name="another")


def test_tokens_are_listed_and_revoked_by_their_owner_or_an_administrator(office):
    """Nobody else finds out which there are."""
    engineer, other = as_actor(office, "engineer", "dba"), as_actor(office, "change_manager", "other")
    made = tokens.make(engineer, name="nightly")
    assert [held.record.id for held in tokens.listing(engineer).rows] == [made.record.id]
    assert tokens.listing(other).rows == ()
    for asked in ({"account": "dba"}, {"all_of_them": True}):
        with pytest.raises(NotAllowed):
            tokens.listing(other, **asked)
        assert len(tokens.listing(office, **asked).rows) == 1
    for token in (made.record.id, "TOK-9999"):
        with pytest.raises(NotAllowed):
            tokens.revoke(other, token)
    assert tokens.revoke(office, made.record.id).record.ended is not None


def test_the_last_use_is_noted_to_the_minute(office):
    """Without a revision: reading would fill the log."""
    made, unused = tokens.make(office, name="nightly"), tokens.make(office, name="unused")
    before = office.store.revision()
    tokens.bearer(office, made.token)
    first = office.clock.now()
    office.clock.forward(seconds=59)
    tokens.bearer(office, made.token)
    assert tokens.last_used(office, [made.record.id, unused.record.id]) == {made.record.id: first}
    office.clock.forward(seconds=1)
    tokens.bearer(office, made.token)
    assert tokens.last_used(office, [made.record.id]) == {made.record.id: office.clock.now()}
    assert office.store.revision() == before


def test_the_text_of_a_token_is_nowhere_in_the_store(office):
    """Only its hash is kept."""
    made = tokens.make(office, name="nightly")
    tokens.bearer(office, made.token)
    found = b"".join(path.read_bytes() for path in file_of(office).parent.iterdir())
    assert made.token.split("_", 2)[2].encode() not in found
    assert b"nightly" in found
