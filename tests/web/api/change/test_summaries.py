"""The one page over the API: by Accept and by suffix, in both languages, and what is refused."""

from __future__ import annotations

import pytest

from cmdb.model.change import ChangeState
from tests.builders import a_change, a_server, a_service, a_window, depends
from tests.web.summary.reading import pdf_or_skip, read

ADDRESS = "/api/v1/changes/CHG-1/summary"
PAST = a_change(
    "web2", id="CHG-0", title="Replace web2", window=a_window("2026-01-05T22:00Z"), state=ChangeState.CLOSED
)


@pytest.fixture
def client(house):
    """A viewer of a shop on two servers, a change of one of them, and an older one of the other."""
    things = (a_service("shop"), a_server("web1"), a_server("web2"), *depends("shop", "web1", "web2"))
    return house(*things, a_change("web1", id="CHG-1", title="Replace <web1>"), PAST).client("viewer")


def test_its_facts_by_default(client):
    """All of it as JSON, also where anything is accepted."""
    for accept in ({}, {"Accept": "*/*"}, {"Accept": "application/json"}):
        answer = client.get(ADDRESS, headers=accept).json
        assert (answer["change"]["id"], answer["assessment"], answer["why"]) == ("CHG-1", None, None)
        assert [one["id"] for one in answer["similar"]["similar"]] == ["CHG-0"]


@pytest.mark.parametrize(
    ("accept", "suffix", "begins"),
    [("text/plain", ".txt", "CHG-1 Replace <web1>"), ("text/html", ".html", "<!doctype html>")],
)
def test_the_page_by_accept_and_by_suffix(client, accept, suffix, begins):
    """Both are the same bytes, tagged; sent again with the tag there is nothing to send."""
    by_accept = client.get(ADDRESS, headers={"Accept": accept})
    by_suffix = client.get(f"{ADDRESS}{suffix}")
    assert by_accept.mimetype == by_suffix.mimetype == accept
    assert by_accept.data == by_suffix.data
    assert by_suffix.text.startswith(begins)
    again = client.get(f"{ADDRESS}{suffix}", headers={"If-None-Match": by_suffix.headers["ETag"]})
    assert again.status_code == 304


def test_the_page_as_pdf(client):
    """One page, made for the change."""
    pdf_or_skip()
    page = read(client.get(f"{ADDRESS}.pdf?language=zh").data)
    assert page.pages == 1
    assert "变更" in page.text
    assert client.get(ADDRESS, headers={"Accept": "application/pdf"}).mimetype == "application/pdf"


def test_html_stands_by_itself(client):
    """Nothing is loaded, and nothing of a name is markup; the policy lets its own style through and nothing else."""
    page = client.get(f"{ADDRESS}.html")
    assert "default-src 'none'; style-src 'sha256-" in page.headers["Content-Security-Policy"]
    assert "Replace &lt;web1&gt;" in page.text
    assert "<link" not in page.text


def test_without_its_parts_a_pdf_is_refused_with_what_to_install(client, monkeypatch):
    """409, and the words that help."""
    from web.summary import pdf
    from web.summary.errors import PdfUnavailable

    def missing():
        raise PdfUnavailable(missing="the library WeasyPrint is not installed", remedy="install foreshock[pdf]")

    pdf._KEPT.clear()
    monkeypatch.setattr(pdf, "weasyprint_here", missing)
    refused = client.get(f"{ADDRESS}.pdf")
    assert (refused.status_code, refused.json["code"]) == (409, "summary.pdf_unavailable")
    assert "install foreshock[pdf]" in refused.json["title"]


@pytest.mark.parametrize(
    ("address", "accept", "status"),
    [
        (ADDRESS, "image/png", 406),
        (f"{ADDRESS}?language=fr", "*/*", 422),
        ("/api/v1/changes/CHG-9/summary", "*/*", 404),
        ("/api/v1/changes/CHG-9/summary.pdf", "*/*", 404),
    ],
)
def test_what_can_not_be_asked(client, address, accept, status):
    """A form there is not, a language there is not, a change there is not."""
    assert client.get(address, headers={"Accept": accept}).status_code == status


def test_similar_changes(client):
    """The measure part by part, and how many were compared."""
    answer = client.get("/api/v1/changes/CHG-1/similar?limit=5").json
    assert (answer["past"], answer["compared"], answer["alike"]) == (1, 1, 1)
    assert [part["name"] for part in answer["similar"][0]["parts"]] == ["classes", "services", "model", "words"]
    assert client.get("/api/v1/changes/CHG-1/similar?limit=0").status_code == 422
