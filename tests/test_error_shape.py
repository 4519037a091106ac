"""Every error there is has one shape at the edge: a problem document with all its fields and a documented status."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from datetime import UTC, datetime

import pytest

from cmdb.configuration.errors import BrokenGroup
from cmdb.errors import Family, ForeshockError, InvalidInput, Problem
from cmdb.model.go_check import ChangedFact, Found
from web.api.blueprint import STATUSES
from web.app import create_app
from web.wording import EXIT_STATUS, HTTP_STATUS, problem_json, sentence

FACT = ChangedFact("incident", "INC-1", datetime(2026, 3, 3, 2, 10, tzinfo=UTC), "ops", "web2", "web2", "twin", "web1")
# A value for every type an error's fact is declared with; a new type of fact gets its line here.
SAMPLES = {
    "str": "it",
    "str | None": "it",
    "int": 3,
    "int | None": 3,
    "float": 0.5,
    "float | None": 0.5,
    "bool": True,
    "Sequence[str]": ("this", "that"),
    "Mapping[str, Sequence[str]] | None": {"this": ("that",)},
    "Iterable[str]": ("this", "that"),
    "tuple[str, ...]": ("this", "that"),
    "Sequence[tuple[str, str, str]]": (("relation", "key", "id"),),
    "Found": Found("GNG-1", ("spare_lost",), FACT),
    "tuple[ChangedFact, ...]": (FACT,),
    "Sequence[BrokenGroup]": (BrokenGroup("shop", "web", 2, 1),),
    "Sequence[Problem]": (
        Problem("code.one", "{what} is wrong", {"what": "this"}, pointer="/items/0"),
        Problem("code.two", "wrong", line=7),
    ),
}


def _all_errors() -> list[type[ForeshockError]]:
    """Return every error class of the project, after importing all its modules."""
    for package in ("cmdb", "discovery", "impact", "web"):
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    return sorted({ForeshockError, *_below(ForeshockError)}, key=lambda error: (error.code, error.__name__))


def _below(error: type[ForeshockError]):
    for child in error.__subclasses__():
        yield child
        yield from _below(child)


ERRORS = _all_errors()


def an_error(error: type[ForeshockError]) -> ForeshockError:
    """Return one of this class, with a fact of the declared type for each it wants."""
    wanted = inspect.signature(error.__init__).parameters.values()
    named = [p for p in wanted if p.name != "self" and p.kind is not p.VAR_KEYWORD]
    facts = {p.name: SAMPLES[p.annotation] for p in named if p.kind is p.KEYWORD_ONLY}
    first = [SAMPLES[p.annotation] for p in named if p.kind is not p.KEYWORD_ONLY]
    if not named:
        facts = dict.fromkeys(re.findall(r"{(\w+)", error.sentence), "it")
    return error(*first, **facts)


@pytest.fixture(scope="module")
def raised():
    """A function that lets a request fail with an error and returns the answer."""
    app = create_app(lambda _: None)
    failing: list[ForeshockError] = []

    @app.get("/api/fail")
    def fail() -> None:
        raise failing.pop()

    def request(error: ForeshockError):
        failing.append(error)
        return app.test_client().get("/api/fail", headers={"If-Match": '"1"'})

    return request


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_every_error_is_a_whole_problem_document_with_a_documented_status(error, raised):
    """Type, title, status and code are there, the same at the API and at ``-o json``, and the sentence is filled."""
    made = an_error(error)

    answer = raised(made)

    assert answer.mimetype == "application/problem+json"
    assert answer.status_code == answer.json["status"] == HTTP_STATUS[error.family]
    assert str(answer.status_code) in STATUSES
    assert answer.json["type"] == f"urn:foreshock:error:{error.code}"
    assert answer.json["code"] == error.code
    assert answer.json["title"] == sentence(made)
    # Words that are made last only add to it.
    assert answer.json["title"].startswith(str(made))
    assert not re.search(r"{\w*}", answer.json["title"])
    assert answer.json == problem_json(made)


def test_faults_of_an_input_keep_their_place_code_and_message(raised):
    """All of them, in the order they were found."""
    answer = raised(an_error(InvalidInput))

    assert answer.json["errors"] == [
        {"pointer": "/items/0", "code": "code.one", "message": "this is wrong"},
        {"line": 7, "code": "code.two", "message": "wrong"},
    ]


def test_codes_are_unique_and_stable_texts():
    """Programs compare codes: lower case words with dots, each the code of one class."""
    codes = [error.code for error in ERRORS]

    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*", code) for code in codes)


def test_every_family_has_a_status_at_every_door():
    """A new family can not be forgotten by one of the tables."""
    assert set(EXIT_STATUS) == set(HTTP_STATUS) == set(Family)


def test_what_may_be_tried_again_says_when(raised):
    """RFC 9110: Retry-After goes with 503."""
    for error in ERRORS:
        if error.family is Family.RETRY:
            assert raised(an_error(error)).headers["Retry-After"].isdigit()
