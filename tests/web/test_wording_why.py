"""The words behind an outcome: what each group needs and has left, and why a CI now carries a service alone."""

from __future__ import annotations

import doctest

from cmdb.model.group import Group
from cmdb.model.relation import Strength
from impact.questions.impact import impact_of
from impact.questions.why import why_failing
from tests.builders import a_ci, a_server, a_service, depends, needs, the_context
from web import wording_why
from web.wording_why import alone_words, gate_words

HOST = (
    a_ci("pdu-a", "pdu", name="PDU A"),
    a_ci("pdu-b", "pdu", name="PDU B"),
    a_ci("ups", "ups", name="UPS 1"),
    a_ci("host", name="Host 1"),
    *(a_server(ci) for ci in ("db-a", "db-b", "rack")),
    a_service("shop", name="Shop"),
    *needs("shop", 1, "db-a", "db-b", group="db"),
    *depends("db-b", "host"),
    *depends("db-a", "rack"),
    *needs("host", 1, "pdu-a", "pdu-b", group="power"),
    *depends("pdu-a", "ups"),
    *depends("pdu-b", "ups"),
)


def why_of(things, *failed):
    """Return what stands behind the failure, every new single point of it explained."""
    context = the_context(*things)
    answer = impact_of(context, failed)
    points = sorted({ci for service in answer.services for ci in service.new_single_points})
    return why_failing(context, failed, answer.services, points, at=answer.revision)


def test_the_group_that_failed_comes_first_and_says_what_its_members_hang_on():
    """The sentence the demo is about: two strips, one UPS."""
    why = why_of(HOST, "ups")
    assert [each.words for each in gate_words(why)] == [
        "Host 1 needs 1 of PDU A and PDU B; both are down: they hang on UPS 1.",
        "Shop needs 1 of db-a and db-b; db-b is down: it hangs on UPS 1, and no spare is left.",
    ]
    assert alone_words(why, "db-a") == "Its twin db-b is down: it hangs on UPS 1."
    assert alone_words(why, "rack") == "db-a hangs on it, and its twin db-b is down: it hangs on UPS 1."
    assert alone_words(why, "elsewhere") == ""


def test_what_failed_itself_hangs_on_nothing():
    """The twin is the one that failed."""
    why = why_of(HOST, "db-b")
    assert [each.words for each in gate_words(why)] == [
        "Shop needs 1 of db-a and db-b; db-b is down and no spare is left."
    ]
    assert alone_words(why, "db-a") == "Its twin db-b is down."


def test_a_large_pool_is_told_by_numbers_and_alike_ones_share_a_sentence():
    """Three services on the same pool of twenty: one line, and the reason counts."""
    members = [f"w{number}" for number in range(20)]
    pools = [thing for name in ("a", "b", "c") for thing in (a_service(name), *needs(name, 18, *members))]
    why = why_of((*(a_server(ci) for ci in members), *pools), "w3", "w4")
    assert [each.words for each in gate_words(why)] == [
        "a, b and c need 18 of 20 in pool each; 2 are down and no spare is left."
    ]
    assert alone_words(why, "w0").startswith("a needs 18 of 20 in pool, and 2 are down and no spare is left.")


def test_a_name_that_reads_as_two_is_quoted():
    """A comma in a name would make the sentence a list."""
    things = (a_ci("x", name="Orders, North"), a_server("y"), a_service("shop"), *needs("shop", 1, "x", "y"))
    (said,) = gate_words(why_of(things, "y"))
    assert said.words == "shop needs 1 of “Orders, North” and y; y is down and no spare is left."


def test_a_soft_group_is_wanted_and_not_needed():
    """Losing it degrades, so the verb is milder."""
    things = (a_server("x"), a_server("y"), a_service("shop"), Group("shop", "cache", 2, Strength.SOFT))
    (said,) = gate_words(why_of((*things, *depends("shop", "x", "y", group="cache")), "y"))
    assert said.words == "shop wants both of x and y; y is down."


def test_the_examples_in_the_docstrings_hold():
    """They are the documentation."""
    assert doctest.testmod(wording_why).failed == 0
