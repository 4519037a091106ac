"""Signing in at the pages: the way in, the way out, and the ways that lead nowhere."""

from __future__ import annotations

import re

import pytest

from cmdb.people import persons, sign_in
from tests.web.pages.html import Page
from tests.web.signin.conftest import GOOD
from web.signin.guard import OPEN

OTHER = "brass lantern meadow"


def test_who_is_not_signed_in_is_sent_to_the_form_and_from_there_to_where_they_wanted(entrance):
    """With the query of the address."""
    browser = entrance.browser()
    sent = browser.client.get("/changes?state=draft")
    assert (sent.status_code, sent.location) == (303, "/sign-in?next=/changes?state%3Ddraft")
    answer = browser.sends(sent.location, "Sign in", account="dba", password=GOOD)
    assert (answer.status_code, answer.location) == (303, "/changes?state=draft")
    page = Page(browser.client.get(answer.location).text)
    assert page.faults == []
    assert "dba" in page.words


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "/%0d%0aSet-Cookie:x=y",
        "javascript:alert(1)",
        "/sign-in",
        "x" * 3000,
        "/..//evil.example",
    ],
)
def test_the_way_on_leads_to_our_own_pages_alone(entrance, path):
    """No open redirect, and no header that somebody else writes."""
    answer = entrance.browser().sends("/sign-in", "Sign in", account="dba", password=GOOD, next=path)
    assert answer.status_code == 303
    assert answer.location.startswith("/")
    assert not answer.location.startswith(("//", "/\\"))
    assert "x=y" not in str(answer.headers.getlist("Set-Cookie"))


def test_every_address_but_the_open_ones_asks_who_it_is(entrance):
    """Whatever is added later, of pages and API alike: 401, or the way to the form; nothing of the answer itself."""
    client, asked = entrance.browser().client, 0
    for rule in entrance.app.url_map.iter_rules():
        if rule.endpoint in OPEN:
            continue
        path = rule.rule
        for name in rule.arguments:
            path = path.replace(f"<path:{name}>", "1").replace(f"<int:{name}>", "1").replace(f"<{name}>", "1")
        for method in rule.methods - {"OPTIONS", "HEAD"}:
            answer = client.open(path, method=method)
            assert answer.status_code in (303, 401), (method, path, answer.status_code)
            assert answer.status_code == 401 or answer.location.startswith("/sign-in?next=")
            asked += 1
    assert asked > 300
    assert client.get("/nowhere").location.startswith("/sign-in")


def test_the_cookie_is_for_this_server_and_its_secret_is_new_at_each_sign_in(entrance):
    """A secret that was planted before signing in is never the one after it (session fixation)."""
    browser = entrance.browser()
    browser.bears("1001_" + "x" * 43)
    answer = browser.signs_in()
    (set_cookie,) = [each for each in answer.headers.getlist("Set-Cookie") if each.startswith(entrance.cookie)]
    assert "HttpOnly" in set_cookie
    assert "SameSite=Lax" in set_cookie
    assert "Secure" not in set_cookie
    assert browser.secret != "1001_" + "x" * 43
    first = browser.secret
    browser.sends("/", "Sign out")
    browser.signs_in()
    assert browser.secret != first


def test_behind_https_the_cookie_is_for_encrypted_connections_alone(encrypted):
    """And bound to this very host; browsers are told to come by https from then on."""
    client = encrypted.client()
    client.environ_base["wsgi.url_scheme"] = "https"
    there = {"base_url": "https://cmdb.example.org"}
    page = Page(client.get("/sign-in", **there).text)
    form, _ = page.form("Sign in")
    sent = {**form.fields, "account": "dba", "password": GOOD}
    headers = {"Origin": "https://cmdb.example.org", "Referer": "https://cmdb.example.org/sign-in"}
    answer = client.post("/sign-in", data=sent, headers=headers, **there)
    assert answer.status_code == 303
    cookies = answer.headers.getlist("Set-Cookie")
    assert all("Secure" in each and "HttpOnly" in each for each in cookies)
    assert any(each.startswith("__Host-foreshock-") and "Path=/" in each for each in cookies)
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert client.get("/sign-in", base_url="https://evil.example").status_code == 400


def test_signing_out_ends_the_session_in_the_store(entrance):
    """Whoever copied the cookie has nothing in hand."""
    browser, thief = entrance.browser(), entrance.browser()
    browser.signs_in()
    thief.bears(browser.secret)
    assert thief.client.get("/").status_code == 200
    answer = browser.sends("/", "Sign out")
    assert answer.location == "/sign-in"
    assert browser.secret is None
    assert thief.client.get("/").status_code == 303


def test_a_refused_sign_in_tells_one_thing_and_keeps_no_password(entrance):
    """The page has the account again, never what was typed as a password."""
    for account, password in (("dba", "canary-of-a-password"), ("stranger", "canary-of-a-password")):
        answer = entrance.browser().signs_in(account, password)
        page = Page(answer.text)
        assert answer.status_code == 401
        assert page.faults == []
        assert "The account or the password is wrong." in page.words
        assert "canary" not in answer.text
        assert account in answer.text


def test_guessing_is_answered_with_when_to_try_again(entrance):
    """429, and no word on whether the last guess was right."""
    for _ in range(10):
        entrance.browser().signs_in("dba", "a wrong one, quite")
    answer = entrance.browser().signs_in("dba", GOOD)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "900")
    assert "Try again in 15 minutes" in Page(answer.text).words.replace("try", "Try")


def test_a_form_of_before_signing_in_is_no_longer_good(entrance):
    """The token of a form is bound to the session: neither an older one nor that of somebody else will do."""
    browser, other = entrance.browser(), entrance.browser()
    before = Page(browser.client.get("/sign-in").text).form("Sign in")[0].fields["csrf_token"]
    browser.signs_in("keeper")
    other.signs_in("dba")
    theirs = Page(other.client.get("/account").text).form("Make the token")[0].fields["csrf_token"]
    revision = entrance.context.store.revision()
    for token in ("", before, theirs):
        sent = {"csrf_token": token, "id": "new", "name": "New", "roles": "viewer"}
        assert browser.client.post("/persons", data=sent).status_code == 400
    assert entrance.context.store.revision() == revision


def test_a_form_that_comes_after_the_session_has_ended_writes_nothing_and_says_how_to_keep_what_was_typed(entrance):
    """401, not the way to the form: what was typed stays one page back."""
    browser = entrance.browser()
    browser.signs_in()
    form = Page(browser.client.get("/account").text).form("Make the token")[0]
    entrance.context.clock.forward(minutes=61)
    answer = browser.client.post("/account/tokens", data={**form.fields, "name": "typed"})
    page = Page(answer.text)
    assert answer.status_code == 401
    assert page.faults == []
    assert "Sign in first" in page.words
    assert "one page back" in page.words


def test_an_administrator_hands_out_a_link_and_the_person_sets_a_password_by_it(entrance):
    """From the page of persons to the first sign-in; the link is good once."""
    keeper, new = entrance.browser(), entrance.browser()
    keeper.signs_in("keeper")
    persons.add(entrance.context, "chair", name="Chair", roles=["cab_member"])
    shown = Page(keeper.sends("/persons/edit?id=chair", "Make a one-time link").text)
    assert shown.faults == []
    path = "/sign-in/link/" + shown.words.partition("/sign-in/link/")[2].split()[0]
    refused = new.sends(path, "Set and sign in", password="short", again="short")
    assert refused.status_code == 422
    assert new.sends(path, "Set and sign in", password=OTHER, again=GOOD).status_code == 422
    assert new.sends(path, "Set and sign in", password=OTHER, again=OTHER).location == "/"
    assert "chair" in Page(new.client.get("/").text).words
    assert entrance.browser().client.get(path).status_code == 403


def test_one_s_own_password_is_changed_with_the_present_one(entrance):
    """A new session here, no other anywhere."""
    browser, elsewhere = entrance.browser(), entrance.browser()
    browser.signs_in()
    elsewhere.signs_in()
    wrong = browser.sends("/account/password", "Set the password", present="x", password=OTHER, again=OTHER)
    assert (wrong.status_code, "The present password is wrong" in wrong.text) == (401, True)
    before = browser.secret
    done = browser.sends("/account/password", "Set the password", present=GOOD, password=OTHER, again=OTHER)
    assert done.location == "/account"
    assert browser.secret != before
    assert browser.client.get("/account").status_code == 200
    assert elsewhere.client.get("/account").status_code == 303


def test_the_account_page_ends_sessions_makes_tokens_and_revokes_them(entrance):
    """A token is shown once, with its faults at their fields where it can not be made."""
    browser, elsewhere = entrance.browser(), entrance.browser()
    browser.signs_in()
    elsewhere.signs_in()
    page = Page(browser.client.get("/account").text)
    assert page.faults == []
    other = max(re.findall(r"End (SES-\d+)", page.words))
    assert browser.sends("/account", f"End {other}").status_code == 303
    assert elsewhere.client.get("/account").status_code == 303
    wrong = browser.sends("/account", "Make the token", name="", days="900", scopes="ci:fly")
    assert wrong.status_code == 422
    assert Page(wrong.text).faults == []
    made = browser.sends("/account", "Make the token", name="nightly", days="9", scopes="ci:read")
    token = "fsk_" + made.text.partition("fsk_")[2].partition("<")[0]
    assert entrance.client().get("/api/v1/cis", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    assert token not in browser.client.get("/account").text
    assert browser.sends("/account", "Revoke TOK-1001").status_code == 303
    assert entrance.client().get("/api/v1/cis", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_auditors_and_administrators_see_what_happened_at_the_door(entrance):
    """And nobody else."""
    engineer, keeper = entrance.browser(), entrance.browser()
    engineer.signs_in()
    keeper.signs_in("keeper")
    page = Page(keeper.client.get("/sign-ins").text)
    assert page.faults == []
    assert "Succeeded" in page.words
    assert engineer.client.get("/sign-ins").status_code == 403


def test_no_secret_is_in_the_log_or_in_the_answer_of_a_failure(entrance, caplog, monkeypatch):
    """Neither password nor cookie, also where something breaks that nobody foresaw."""
    monkeypatch.setattr(sign_in, "begin", lambda *_, **__: 1 / 0)
    answer = entrance.browser().signs_in("dba", GOOD)
    assert answer.status_code == 500
    assert "ZeroDivisionError" in caplog.text
    assert GOOD not in caplog.text + answer.text
