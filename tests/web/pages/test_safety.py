"""What no page lets happen: forged forms, foreign hosts, injected markup, and failures without a way on."""

from __future__ import annotations

import pytest

from cmdb.change import changes, decisions
from impact.questions.assess import assess
from tests.builders import a_ci, a_service, a_window, add, as_actor, depends
from tests.web.pages.html import Page
from tests.web.pages.walking import Person
from web import assets
from web.pages.blueprint import pages

EVIL = "<script>alert('x')</script>\"'><img src=x onerror=alert(1)>{{7*7}}"


@pytest.mark.parametrize("url", ["/register", "/changes/new", "/changes/CHG-1/assess", "/changes/CHG-1/approve"])
def test_a_form_without_its_token_is_refused(house, url):
    """A write that did not come from a page of ours changes nothing and says how to go on."""
    person = house.person("administrator")
    before = house.context.store.revision()

    answer = person.client.post(url, data={"name": "x", "title": "x", "reason": "x", "class": "server"})

    assert answer.status_code == 400
    page = Page(answer.text)
    assert page.faults == []
    assert "The form is no longer valid" in page.words
    assert house.context.store.revision() == before


def test_every_address_that_writes_asks_for_the_token(house):
    """No POST address of the pages is exempt, whatever is added later."""
    person = house.person("administrator")
    rules = [
        rule for rule in person.client.application.url_map.iter_rules() if rule.endpoint.startswith(f"{pages.name}.")
    ]
    writing = [rule for rule in rules if "POST" in (rule.methods or ())]
    assert len(writing) >= 8
    for rule in writing:
        assert person.client.post(rule.rule.replace("<id>", "CHG-1")).status_code == 400, rule


def test_a_foreign_host_is_refused(house):
    """A name that leads here from elsewhere gets a page that names nothing but the rule."""
    answer = house.person("viewer").client.get("/", headers={"Host": "evil.example"})

    assert answer.status_code == 400
    assert "localhost" in answer.text


def test_names_are_text_whatever_they_hold(house):
    """Markup and template syntax in names, ids, titles, reasons and comments is shown as it was typed."""
    add(house.context, a_ci(EVIL, name=EVIL, attributes={"description": EVIL}), a_service(f"svc {EVIL}", name=EVIL))
    add(house.context, *depends(f"svc {EVIL}", EVIL))
    engineer, board = as_actor(house.context, "engineer"), as_actor(house.context, "cab_member")
    held = changes.new(
        engineer,
        title=EVIL.replace("\n", ""),
        reason=EVIL,
        targets=[],
        window=a_window(),
        steps=[EVIL],
        implementer=EVIL,
    )
    from cmdb.model.change import Target

    held = changes.edit(engineer, held.record.id, targets=[Target(EVIL)])
    changes.submit(engineer, held.record.id)
    assess(engineer, held.record.id)
    decisions.reject(board, held.record.id, comment=EVIL)
    person = house.person("administrator", EVIL)

    for url in (
        "/",
        "/estate",
        "/changes",
        "/changes/CHG-1001",
        "/changes/CHG-1001/history",
        "/changes/CHG-1001/edit",
        "/changes/CHG-1001/whatif",
    ):
        page = person.opens(url)
        assert "<img src=x" not in page.source, url
        assert "<script" not in page.markup, url
    person.opens("/estate?q=" + "alert")
    for link in ("Edit", "Impact"):
        person.opens("/estate?q=alert")
        person.follows(EVIL)
        assert "49" not in person.page.title
        assert "<img src=x" not in person.follows(link).source


@pytest.mark.parametrize(
    ("url", "status", "words"),
    [
        ("/nowhere", 404, "There is no page at this address."),
        ("/ci?id=nowhere", 404, "There is no CI with the id nowhere."),
        ("/ci", 404, "No id is given; which CI?"),
        ("/changes/CHG-9", 404, "No change with id CHG-9."),
        ("/changes/CHG-9/approve", 405, "Not possible here"),
    ],
)
def test_a_failure_is_a_page_with_a_way_on(house, url, status, words):
    """Every refusal says what and why in our words, and links on."""
    page = house.person("engineer").opens(url, status=status)

    assert words in page.words
    assert "Home" in page.links


def test_what_nobody_foresaw_says_nothing_of_itself(house, monkeypatch):
    """A fault inside gives a page without its text, status 500."""
    person = house.person("engineer")
    monkeypatch.setattr(house.context.store, "revision", lambda: 1 / 0)

    page = person.opens("/", status=500)

    assert "something failed inside Foreshock" in page.words.replace("Something", "something")
    assert "division" not in page.source


def test_pages_are_never_kept_by_a_browser_and_load_nothing_from_elsewhere(house):
    """The policy of every page forbids scripts and styles in the page itself; pages are not cached."""
    answer = house.person("engineer").client.get("/")

    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "http" not in policy
    assert answer.headers["Cache-Control"] == "no-store"
    for sheet in ("tokens", "base", "parts", "change"):
        with house.person("engineer").client.get(f"/static/{sheet}.css") as style:
            assert style.status_code == 200
            assert "url(" not in style.text
            assert "@import" not in style.text


@pytest.mark.parametrize("url", ["/", "/estate", "/register", "/changes"])
def test_pages_need_nothing_of_what_is_built_for_browsers(house, monkeypatch, url):
    """Where the assets were not built, the same page comes with its own style sheets and no script at all."""
    usual = house.person("administrator").opens(url)
    monkeypatch.setattr(assets, "read", lambda _: assets.Assets())

    bare = Person(house.app("administrator").test_client()).opens(url)

    assert bare.words == usual.words
    assert "<script" not in bare.source
    assert "/static/assets/" not in bare.source
    assert "/static/parts.css" in bare.source


@pytest.mark.parametrize(("cookie", "said"), [("dark", True), ("light", True), ("", False), ("x", False)])
def test_a_page_is_dark_or_light_as_the_reader_chose(house, cookie, said):
    """The choice stands in the page itself, so nothing has to run before it shows right."""
    person = house.person("viewer")
    person.client.set_cookie(assets.THEME_COOKIE, cookie)

    assert (f'<html lang="en" data-bs-theme="{cookie}">' in person.opens("/").source) == said
