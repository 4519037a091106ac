"""What holds for every request: who is answered at all, what a browser is told, and how failures look."""

from __future__ import annotations

import pytest

from web.app import create_app


@pytest.fixture
def client():
    """A client of a server that has no store: what is tested here comes before the desks."""
    return create_app(lambda _: None).test_client()


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "[", "localhost.evil.example:5000", "10.0.0.1"]
)
def test_a_foreign_host_name_is_refused_whatever_is_asked(client, host):
    """A name that was made to lead here (DNS rebinding) gets no answer but a refusal."""
    for path in ("/healthz", "/api/v1/openapi.json", "/static/api.css"):
        answer = client.get(path, headers={"Host": host}, buffered=True)

        assert answer.status_code == 400, path


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "localhost:80", "[::1]:8000"])
def test_this_machine_s_own_names_are_answered(client, host):
    """The names by which a person on this machine reaches the server."""
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "http://localhost:9999"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_write_on_behalf_of_another_site_is_refused(client, headers):
    """Neither another site nor another port of this machine can make a person's browser write."""
    answer = client.post("/api/v1/anything", headers=headers)

    assert (answer.status_code, answer.json["code"]) == (403, "http.forbidden")


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}]
)
def test_programs_and_own_pages_may_write(client, headers):
    """What comes from a program or from our own page passes on to the routes."""
    assert client.post("/api/v1/anything", headers=headers).status_code == 404


@pytest.mark.parametrize("path", ["/healthz", "/api/v1/nothing", "/static/api.css", "/api/v1/"])
def test_every_answer_carries_the_security_headers(client, path):
    """Failures and files too: no inline script, no other host, no framing, no guessing of types."""
    headers = client.get(path, buffered=True).headers

    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_what_has_no_tag_is_never_kept(client):
    """An answer that can not be asked for again by its tag stays in no cache."""
    assert client.get("/healthz").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("get", "/api/v1/nothing", 404), ("get", "/api/nothing", 404), ("post", "/healthz", 405), ("get", "/readyz", 500)],
)
def test_failures_are_problem_documents(client, method, path, status):
    """Unknown routes, wrong methods and what nobody foresaw all look the same."""
    answer = getattr(client, method)(path)

    assert answer.status_code == answer.json["status"] == status
    assert answer.mimetype == "application/problem+json"
    assert set(answer.json) == {"type", "title", "status", "code"}


def test_a_wrong_method_names_the_right_ones(client):
    """RFC 9110 wants the header Allow with 405."""
    assert "GET" in client.post("/healthz").headers["Allow"]


def test_an_unforeseen_failure_says_nothing_of_itself_but_logs_it(client, caplog):
    """The server has no store here, so readyz breaks: outside nothing shows why, the log does."""
    answer = client.get("/readyz")

    assert "NoneType" not in answer.text
    assert "Traceback" not in answer.text
    assert "NoneType" in caplog.text


def test_two_servers_on_one_machine_do_not_share_a_cookie():
    """Cookies do not know ports."""
    names = {create_app(lambda _: None).config["SESSION_COOKIE_NAME"] for _ in range(2)}

    assert len(names) == 2
