"""
The whole table of role and act, each cell tried by a person who is signed in: at the API, and at the pages.

A cell is refused by the name of its act exactly where the table says so; whatever else is wrong with the request.
"""

from __future__ import annotations

import html

import pytest

from cmdb.people import persons
from cmdb.roles import ACTS, Role
from cmdb.service import hours, service_levels
from tests.builders import a_change, a_server, a_service, an_incident, needs
from tests.web.pages.html import Page
from tests.web.signin.conftest import Entrance
from tests.web.signin.rights_table import API, ELSEWHERE, PAGES, TEXTS

EVERY = frozenset().union(*ACTS.values())
FORM = {"version": "1", "name": "n", "id": "new", "reason": "r", "comment": "c", "title": "t", "text": "t"}


@pytest.fixture(scope="module")
def entrance(cheap):
    """A shop with a change and an incident, and a person of each role, named after it."""
    shop = (a_service("shop"), a_server("web1"), a_server("web2"), *needs("shop", 1, "web1", "web2"))
    house = Entrance(*shop, a_change("web1"), an_incident("web1"), people={role.value: role.value for role in Role})
    hours.define(house.context, "office", zone="Europe/Berlin", weekly=["mon-fri 08:00-18:00"])
    service_levels.set_level(house.context, "shop", availability=99.9, hours="office")
    return house


@pytest.fixture(scope="module")
def signed_in(entrance):
    """A browser for each role, in which its person is signed in."""
    browsers = {}
    for role in Role:
        browsers[role] = entrance.browser()
        assert browsers[role].signs_in(role.value).status_code == 303
    return browsers


def test_no_act_is_left_out_of_the_table():
    """Who adds an act says by which request it is asked for."""
    assert {*API, *TEXTS, *ELSEWHERE} == EVERY
    assert PAGES.keys() <= EVERY
    assert len(PAGES) > 40


@pytest.mark.parametrize("role", Role)
def test_at_the_api_a_role_may_what_the_table_says_and_nothing_else(signed_in, role):
    """Each act, over one operation that asks for it."""
    client, wrong = signed_in[role].client, []
    for act, (method, path, body) in API.items():
        headers = {"Sec-Fetch-Site": "same-origin", "If-Match": '"1"'}
        answer = client.open(path, method=method, json=body, headers=headers)
        wrong += _judged(role, act, answer, (answer.json or {}).get("title", "") if answer.is_json else "")
    for act, (method, path, media) in TEXTS.items():
        headers = {"Sec-Fetch-Site": "same-origin", "If-Match": '"1"', "Content-Type": media}
        answer = client.open(path, method=method, data="not = right", headers=headers)
        wrong += _judged(role, act, answer, (answer.json or {}).get("title", ""))
    assert wrong == []


@pytest.mark.parametrize("role", Role)
def test_at_the_pages_a_role_may_what_the_table_says_and_nothing_else(signed_in, role):
    """Each act that a page asks for, with the form's token, so that nothing but the right can refuse it."""
    client, wrong = signed_in[role].client, []
    token = Page(client.get("/account").text).form("Make the token")[0].fields["csrf_token"]
    for act, (method, path) in PAGES.items():
        answer = client.open(path, method=method, data={**FORM, "csrf_token": token} if method == "POST" else None)
        wrong += _judged(role, act, answer, html.unescape(answer.text))
    assert wrong == []


def test_a_person_without_an_active_record_may_nothing(entrance):
    """Who is set inactive is out at once, at every door."""
    persons.add(entrance.context, "left", name="Left", roles=["administrator"])
    assert entrance.browser().signs_in("left").status_code == 401


def _judged(role, act, answer, said):
    """Return the cell if it is wrong: refused by this act where the role may, or not refused where it may not."""
    refused = answer.status_code == 403 and f"{role.value} may not do {act};" in said
    failed = answer.status_code in (401, 500)
    return [(act, answer.status_code, said[:200])] if failed or refused is (act in ACTS[role]) else []
