"""The policy desk: versions are kept, one is in force, and what an assessment names can always be read."""

from __future__ import annotations

import hashlib

import pytest

from cmdb.change.policy import policy
from cmdb.change.policy.policy import default, in_force, kept, set_policy, versions
from cmdb.change.policy.reasons import REASONS, facts_of
from cmdb.change.reference import changes_page
from cmdb.errors import InvalidInput, NotAllowed, NotFound
from cmdb.model.ci import CIStatus
from cmdb.ports.errors import VersionConflict
from impact.questions.assess import assess
from tests.builders import a_change, a_server, a_service, as_actor, depends, needs, the_context

STRICT = default().text.replace('name = "default"', 'name = "strict"').encode()


def test_without_any_the_policy_that_comes_with_foreshock_holds():
    """An installation judges from its first change on."""
    found = in_force(the_context())
    assert found == policy.get(the_context(), 0) == default()
    assert found.sha256 == hashlib.sha256(found.text.encode()).hexdigest()


def test_each_version_is_kept_and_the_newest_is_in_force():
    """Also as of an earlier revision, and by its number for ever."""
    context = the_context(a_server("web1"), role="change_manager")
    first = set_policy(context, STRICT).record
    second = set_policy(context, default().text.encode(), expected_version=1).record
    assert (first.version, second.version) == (1, 2)
    assert (in_force(context).version, in_force(context, at=2).version, in_force(context, at=1).version) == (2, 1, 0)
    assert [held.record.version for held in versions(context).rows] == [2, 1]
    assert policy.get(context, 1).text == STRICT.decode()
    with pytest.raises(NotFound):
        policy.get(context, 3)


def test_of_two_who_set_the_policy_one_is_told():
    """Nobody replaces a policy they have not seen."""
    context = the_context(role="administrator")
    set_policy(context, STRICT, expected_version=0)
    with pytest.raises(VersionConflict):
        set_policy(context, STRICT, expected_version=0)


def test_a_wrong_policy_or_a_wrong_person_changes_nothing():
    """Engineers live by the policy and do not set it."""
    context = the_context(role="administrator")
    with pytest.raises(InvalidInput):
        set_policy(context, STRICT + b"\nmore = 1\n")
    with pytest.raises(NotAllowed):
        set_policy(as_actor(context, "engineer"), STRICT)
    assert context.store.revision() == 0


def test_what_is_kept_is_what_was_hashed():
    """A hash nobody keeps is not found."""
    context = the_context()
    assert kept(context, context.store.put_blob(b"text")) == b"text"
    with pytest.raises(NotFound):
        kept(context, "0" * 64)


def test_every_reason_finds_the_facts_its_sentence_needs():
    """No sentence is left with an empty place, whatever the code; the services are those it speaks of."""
    context = the_context(
        a_service("shop", tier=1, name="Shop"),
        a_service("wiki", tier=2, name="Wiki"),
        a_service("lost", tier=None, name="Lost"),
        a_server("web1"),
        a_server("web2"),
        a_server("old", status=CIStatus.RETIRED),
        *needs("shop", 1, "web1", "web2"),
        *depends("wiki", "web1"),
        *depends("lost", "web1"),
        a_change("web1", "old", id="CHG-1", back_out=None),
    )
    made = assess(context, "CHG-1").record
    assert made.reasons == (
        "service_down_without_back_out",
        "target_retired",
        "expected_loss_above_appetite",
        "tail_above_appetite",
        "new_single_point_tier1",
    )
    sentences = [REASONS[code].format(**facts_of(code, made)) for code in made.reasons]
    assert sentences == [
        "can go down, and there is no back-out plan: ('Wiki', 'Lost')",
        "retired, so it can not be changed: ('old',)",
        "the expected loss of 206 tier 1 minutes is above the appetite",
        f"the loss in the worst twentieth of cases, {made.facts.loss.tail:,.0f} tier 1 minutes, is above the appetite",
        "a new single point of failure for tier 1: ('Shop',)",
    ]
    assert all(REASONS[code].format(**facts_of(code, made)) for code in REASONS)


def test_the_page_of_changes_shows_every_table():
    """Moves, guards, authorities and reasons, made from what the desks work by."""
    page = changes_page()
    assert "| approve | assessed | approved | change:approve |" in page
    assert "| CAB | cab_member |" in page
    assert all(f"`{code}`" in page for code in REASONS)
