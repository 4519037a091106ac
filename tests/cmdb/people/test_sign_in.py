"""Signing in by password: who gets in, who does not and learns nothing by it, and what is written down."""

from __future__ import annotations

import pytest

from cmdb.context import Context
from cmdb.errors import InvalidInput, NotAllowed, NotFound
from cmdb.model.credential import CREDENTIALS
from cmdb.model.session import SignInMethod
from cmdb.people import common_passwords, passwords, persons, sessions, sign_in, sign_in_events, throttle
from cmdb.people.errors import LinkRefused, PersonNeeded, SignInRefused, SignInThrottled
from cmdb.people.sessions import Limits
from cmdb.records import from_document
from cmdb.roles import Actor
from tests.builders import as_actor, file_of, the_context

GOOD = "otter cabinet violin"
OTHER = "brass lantern meadow"
LIMITS = Limits()
HERE = "192.0.2.7"


@pytest.fixture
def door(monkeypatch):
    """An administrator's context on a store with the person `dba`; passwords are hashed as cheaply as can be."""
    from argon2 import PasswordHasher

    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    nobodys = cheap.hash("nobody")
    monkeypatch.setattr(passwords, "_hasher", lambda: cheap)
    monkeypatch.setattr(passwords, "_nobodys", lambda: nobodys)
    context = the_context(role="administrator")
    persons.add(context, "dba", name="Database team", roles=["engineer"], accounts=["oracle"])
    return context


@pytest.fixture
def settled(door):
    """The same, once the person has set a password by a link."""
    accept(door, sign_in.invite(door, "dba").secret)
    return door


def accept(context, secret, password=GOOD):
    return sign_in.accept(nobody(context), secret, password, address=HERE, limits=LIMITS)


def enter(context, account="dba", password=GOOD, address=HERE):
    return sign_in.sign_in(nobody(context), account, password, address=address, limits=LIMITS)


def nobody(context):
    """Return the context of a request of which nobody knows yet whose it is."""
    return Context(context.store, context.coordination, context.clock, Actor("sign-in", frozenset()))


def theirs(context, person="dba"):
    """Return the context of a person who is signed in."""
    actor = persons.recorded(context.store, Actor(person, frozenset()))
    return Context(context.store, context.coordination, context.clock, actor)


def outcomes(context):
    return [held.record.outcome.value for held in sign_in_events.listing(context).rows]


def test_a_link_sets_a_password_once_and_every_account_of_the_person_signs_in_by_it(door):
    """After that the link is useless, and so is any that was made before it."""
    first = sign_in.invite(door, "dba")
    link = sign_in.invite(door, "dba")
    with pytest.raises(LinkRefused):
        accept(door, first.secret)
    assert accept(door, link.secret).session.method is SignInMethod.LINK
    with pytest.raises(LinkRefused):
        accept(door, link.secret, OTHER)
    for account in ("dba", "oracle"):
        found = sessions.living(nobody(door), enter(door, account).secret, limits=LIMITS)
        assert found is not None
        assert found[1].id == "dba"


def test_a_link_ends_after_a_day_and_with_the_person(door):
    """Nobody comes in by a letter that lay about."""
    link, another = sign_in.invite(door, "dba"), None
    door.clock.forward(hours=24)
    with pytest.raises(LinkRefused):
        sign_in.invited(nobody(door), link.secret)
    another = sign_in.invite(door, "dba")
    persons.edit(door, "dba", active=False)
    with pytest.raises(LinkRefused):
        sign_in.invited(nobody(door), another.secret)


@pytest.mark.parametrize("text", ["", "1001", "1001_", "1001_" + "x" * 43, "../etc", "9" * 400, "é" * 43])
def test_what_is_no_link_is_refused_like_one_that_was_used(door, text):
    """Whatever stands in the address."""
    sign_in.invite(door, "dba")
    with pytest.raises(LinkRefused):
        sign_in.invited(nobody(door), text)


@pytest.mark.parametrize(
    ("account", "password"),
    [
        ("dba", "wrong password!"),
        ("stranger", GOOD),
        ("", ""),
        ("dba\0", GOOD),
        ("\ud800", "\ud800"),
        ("dba", "x" * 5000),
    ],
)
def test_who_may_not_come_in_is_told_one_thing(settled, account, password):
    """Neither whether there is such an account nor what was wrong; the event names only persons that are there."""
    with pytest.raises(SignInRefused) as refused:
        enter(settled, account, password)
    assert refused.value.facts == {}
    (last, *_) = sign_in_events.listing(settled).rows
    assert (last.record.outcome.value, last.record.address) == ("failed", HERE)
    assert last.record.person in ("", "dba")


def test_an_unknown_account_costs_the_same_work(settled, monkeypatch):
    """Somebody unknown, without a password, or inactive: one hash is verified, as for everybody."""
    persons.add(settled, "fresh", name="Without a password", roles=["viewer"])
    persons.add(settled, "left", name="Inactive", roles=["viewer"])
    accept(settled, sign_in.invite(settled, "left").secret)
    persons.edit(settled, "left", active=False)
    asked = []
    real = passwords._hasher()

    class Counting:
        def verify(self, kept, password):
            asked.append(kept)
            return real.verify(kept, password)

    monkeypatch.setattr(passwords, "_hasher", Counting)
    for account in ("dba", "stranger", "fresh", "left"):
        with pytest.raises(SignInRefused):
            enter(settled, account, "a wrong one, quite")
    assert len(asked) == 4
    assert len({kept.rpartition("$")[0].rpartition("$")[0] for kept in asked}) == 1


def test_an_inactive_person_does_not_come_in_and_their_sessions_end(settled):
    """At once, also in the middle of a session."""
    begun = enter(settled)
    persons.edit(settled, "dba", active=False)
    assert sessions.living(nobody(settled), begun.secret, limits=LIMITS) is None
    with pytest.raises(SignInRefused):
        enter(settled)


def test_a_session_ends_when_idle_and_at_its_time_whatever_happens(settled):
    """Use prolongs it, up to the whole time."""
    idle, used = enter(settled), enter(settled)
    for _ in range(24):
        settled.clock.forward(minutes=29)
        alive = sessions.living(nobody(settled), used.secret, limits=LIMITS)
        assert alive is not None
    assert sessions.living(nobody(settled), idle.secret, limits=LIMITS) is None
    settled.clock.forward(minutes=29)
    assert sessions.living(nobody(settled), used.secret, limits=LIMITS) is None


def test_each_sign_in_makes_another_secret_and_signing_out_ends_it(settled):
    """No secret of before is ever good again (session fixation), nor one of nobody."""
    one, two = enter(settled), enter(settled)
    assert one.secret != two.secret
    sessions.sign_out(nobody(settled), one.session.id)
    assert sessions.living(nobody(settled), one.secret, limits=LIMITS) is None
    assert sessions.living(nobody(settled), two.secret, limits=LIMITS) is not None
    number = two.secret.partition("_")[0]
    assert sessions.living(nobody(settled), f"{number}_{one.secret.partition('_')[2]}", limits=LIMITS) is None


def test_sessions_are_revoked_by_their_owner_or_an_administrator_alone(settled):
    """Another engineer can neither list nor end them, nor find out which there are."""
    mine, other = enter(settled), enter(settled)
    own = Context(
        settled.store, settled.coordination, settled.clock, persons.recorded(settled.store, Actor("dba", frozenset()))
    )
    assert sessions.revoke(own, mine.session.id).record.because == "session:revoked"
    stranger = as_actor(settled, "engineer", "stranger")
    for session in (other.session.id, "SES-9999"):
        with pytest.raises(NotAllowed):
            sessions.revoke(stranger, session)
    with pytest.raises(NotAllowed):
        sessions.listing(stranger, person="dba")
    sessions.revoke(settled, other.session.id)
    with pytest.raises(NotFound):
        sessions.revoke(settled, "SES-9999")
    assert sessions.living(nobody(settled), other.secret, limits=LIMITS) is None


def test_changing_the_password_ends_every_other_session(settled):
    """Whoever knew the old one is out; the present password is asked for."""
    begun, elsewhere = enter(settled), enter(settled)
    own = Context(
        settled.store, settled.coordination, settled.clock, persons.recorded(settled.store, Actor("dba", frozenset()))
    )
    change = {"address": HERE, "limits": LIMITS}
    with pytest.raises(SignInRefused):
        sign_in.change_password(own, begun.session.id, "not the present", OTHER, **change)
    new = sign_in.change_password(own, begun.session.id, GOOD, OTHER, **change)
    for old in (begun, elsewhere):
        assert sessions.living(nobody(settled), old.secret, limits=LIMITS) is None
    assert sessions.living(nobody(settled), new.secret, limits=LIMITS) is not None
    with pytest.raises(SignInRefused):
        enter(settled)
    with pytest.raises(PersonNeeded):
        sign_in.change_password(as_actor(settled, "engineer", "stranger"), new.session.id, OTHER, GOOD, **change)


def test_guessing_is_stopped_for_the_account_and_for_the_address(settled):
    """Also the right password is refused then, until the time is over; the first refusal is an event."""
    for _ in range(throttle.MOST_OF_ACCOUNT):
        with pytest.raises(SignInRefused):
            enter(settled, password="a wrong one, quite")
    for password in ("a wrong one, quite", GOOD):
        with pytest.raises(SignInThrottled):
            enter(settled, password=password, address="198.51.100.1")
    assert outcomes(settled).count("throttled") == 1
    settled.clock.forward(seconds=throttle.SECONDS)
    enter(settled)
    for number in range(throttle.MOST_OF_ADDRESS):
        with pytest.raises(SignInRefused):
            enter(settled, account=f"guess-{number}")
    with pytest.raises(SignInThrottled):
        enter(settled, account="another")
    enter(settled, address="198.51.100.1")


def test_success_is_not_counted(settled):
    """Who signs in often is no guesser."""
    for _ in range(throttle.MOST_OF_ACCOUNT + 1):
        enter(settled)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("", "password.short"),
        ("elevenchars", "password.short"),
        ("x" * 1025, "password.long"),
        ("aaaaaaaaaaaaaa", "password.common"),
        ("P@ssword2024!", "password.common"),
        ("qwertyuiop123456", None),
        ("1234567890qwertyuiop", "password.common"),
        ("Letmein123456789", "password.common"),
        ("password password", "password.common"),
        ("Database team 1!", "password.named"),
        ("foreshockforeshock", "password.named"),
        (GOOD, None),
        ("人" * 2 + "关山月映江水流长夜灯火", None),
        ("x1" + "long enough, and then some " * 30, None),
    ],
)
def test_the_rules_of_passwords(door, password, code):
    """Length and nothing of composition; nothing that many have, or that is made of the person's own names."""
    found = [problem.code for problem in passwords.password_problems(password, ("dba", "Database team"))]
    assert found == ([code] if code else [])
    if code:
        with pytest.raises(InvalidInput):
            accept(door, sign_in.invite(door, "dba").secret, password)


def test_a_link_stays_good_when_the_password_would_not_do(door):
    """Nothing was written."""
    link = sign_in.invite(door, "dba")
    with pytest.raises(InvalidInput):
        accept(door, link.secret, "short")
    accept(door, link.secret)


def test_three_thousand_common_passwords_of_the_asked_length_are_known():
    """As ASVS 5.0 asks (6.2.4): of those that the rule of length would let pass."""
    known = [text for text in common_passwords.common_passwords() if len(text) >= passwords.LEAST]
    assert len(known) >= 3000
    assert all(common_passwords.is_common(text) for text in known[::97])


def test_nothing_is_cut_off_and_the_same_letters_are_the_same_password(door):
    """The last character counts however long it is; composed and decomposed letters are one."""
    long = "a fairly long sentence, " * 20
    accept(door, sign_in.invite(door, "dba").secret, long + "é")
    enter(door, password=long + "e\u0301")
    with pytest.raises(SignInRefused):
        enter(door, password=long + "e")
    with pytest.raises(SignInRefused):
        enter(door, password=(long + "é").upper())


def test_hashes_are_argon2id_as_rfc_9106_wants_them():
    """The parameters of the low-memory choice: 64 MiB, 3 passes, 4 lanes."""
    assert passwords.hashed(GOOD).startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_no_secret_stands_anywhere_in_the_store(settled):
    """Neither password nor what a cookie or a link bears: not in the file, its log, a record's repr or an event."""
    link, begun = sign_in.invite(settled, "dba"), enter(settled)
    with pytest.raises(SignInRefused):
        enter(settled, account="typed-my-password-here")
    found = b"".join(path.read_bytes() for path in file_of(settled).parent.iterdir())
    for secret in (GOOD, link.secret.partition("_")[2], begun.secret.partition("_")[2], "typed-my-password-here"):
        assert secret.encode() not in found
    kept = from_document(CREDENTIALS, settled.store.get(CREDENTIALS, "person:dba").document)
    assert kept.hash.encode() in found
    assert kept.hash not in repr(kept)


def test_every_event_is_written_down_and_read_by_auditors_alone(settled):
    """In the log of the store, which is hash-chained; engineers do not read who came when."""
    begun = enter(settled)
    sessions.sign_out(nobody(settled), begun.session.id)
    assert sorted(outcomes(settled)) == sorted(["signed_out", "succeeded", "succeeded", "password_set", "invited"])
    assert sign_in_events.listing(as_actor(settled, "auditor"), person="dba").rows
    with pytest.raises(NotAllowed):
        sign_in_events.listing(as_actor(settled, "engineer"))
    with pytest.raises(NotAllowed):
        sign_in.invite(as_actor(settled, "change_manager"), "dba")
