"""The one page of an estate that discovery filled is read by names, in every form and both languages."""

from __future__ import annotations

import pytest

from impact.questions.assess import assess
from impact.questions.summary import summary_of
from tests.builders import a_change, add, as_actor, the_context
from tests.discovered import DB1, discover_shop
from tests.web.summary.reading import pdf_or_skip, read
from web.languages import Language
from web.summary.document import document_of
from web.summary.rendering import Form, rendered

DISCOVERED = ("estate:", "process:", "database_instance:", "interface:", "endpoint:", "path:", "@db1")


@pytest.fixture(scope="module")
def summary():
    """A change that takes the database host of the discovered shop down, assessed."""
    context = the_context(role="viewer")
    discover_shop(as_actor(context, "engineer"))
    add(context, a_change(DB1, id="CHG-1", title="Patch"))
    assess(as_actor(context, "change_manager"), "CHG-1")
    return summary_of(context, "CHG-1")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (Language.EN, ("db1 (down 60 minutes)", "sshd on web1 alone carries Logins. Its twin sshd on db1 is down")),
        (Language.ZH, ("db1（停机 60 分钟）", "仅 web1 上的 sshd 承载 Logins")),
    ],
)
def test_as_text_and_html(summary, language, said):
    """Targets, single points, the graph, drivers, doubts and mitigations."""
    for form in (Form.TEXT, Form.HTML):
        page = rendered(summary, form, language).decode()
        assert not [part for part in DISCOVERED if part in page]
    # A line of text may break anywhere.
    whole = " ".join(rendered(summary, Form.TEXT, language).decode().split())
    assert [each for each in said if each in whole] == list(said)


def test_as_pdf(summary):
    """The same once it is set."""
    pdf_or_skip()
    page = read(rendered(summary, Form.PDF)).packed
    assert not [part for part in DISCOVERED if part in page]
    assert "sshdonweb1alonecarriesLogins" in page


def test_as_json_the_records_keep_ids_and_names_are_words(summary):
    """In the language that was asked for."""
    for language, name in ((Language.EN, "postgresql on db1"), (Language.ZH, "db1 上的 postgresql")):
        document = document_of(summary, language)
        assert document["change"]["targets"][0]["ci"] == DB1
        assert document["names"][DB1] == "db1"
        assert name in document["names"].values()
