"""The one page at the command line: on standard output and in files, in both languages."""

from __future__ import annotations

import pytest

from tests.web.summary.reading import pdf_or_skip, read

WINDOW = ("--from", "2032-03-02T21:00Z", "--to", "2032-03-02T22:00Z")


@pytest.fixture
def change(foreshock, estate):
    """Raise a change of one load balancer and assess it; a year before it another was the same, and was cancelled."""
    for year in ("2031", "2032"):
        window = tuple(word.replace("2032", year) for word in WINDOW)
        made = foreshock(
            "change", "new", "--title", "Replace lb1", "--reason", "R", "--target", "lb1", *window, "--submit",
            "-o", "json",
        )  # fmt: skip
        change = made.ok().json["id"]
        foreshock("change", "assess", change).ok()
        if year == "2031":
            foreshock("change", "cancel", change, "--comment", "It held").ok()
    return change


def test_on_standard_output_it_is_text(foreshock, change):
    """What people read, and the past change it is most like, in the language that is asked for."""
    said = foreshock("change", "summary", change).ok().out
    assert said.startswith(f"{change} Replace lb1\n")
    assert "Alike 100 %" in said
    assert "9 最相似的过去变更" in foreshock("change", "summary", change, "--language", "zh").ok().out
    assert "9 最相似" in foreshock("change", "summary", change, env={"FORESHOCK_LANGUAGE": "zh"}).ok().out


def test_a_file_by_its_name(foreshock, change, tmp_path):
    """HTML and text; a file that is there is replaced, and what was done is told."""
    page = tmp_path / "page.html"
    page.write_text("old")
    told = foreshock("change", "summary", change, "--out", str(page), "-o", "json").ok().json
    assert (told["format"], told["bytes"]) == ("html", len(page.read_bytes()))
    assert page.read_bytes().startswith(b"<!doctype html>")
    assert [each.name for each in tmp_path.iterdir() if "page" in each.name] == ["page.html"]


def test_a_pdf_in_a_file(foreshock, change, tmp_path):
    """One page; the same again, the same bytes."""
    pdf_or_skip()
    one, other = tmp_path / "one.pdf", tmp_path / "other.pdf"
    foreshock("change", "summary", change, "--out", str(one)).ok()
    foreshock("change", "summary", change, "--format", "pdf", "--out", str(other)).ok()
    assert read(one.read_bytes()).pages == 1
    assert one.read_bytes() == other.read_bytes()


def test_all_there_is_as_json(foreshock, change):
    """Nothing is left out there."""
    answer = foreshock("change", "summary", change, "-o", "json").ok().json
    assert answer["change"]["id"] == answer["assessment"]["change"] == change
    assert answer["similar"]["past"] == 1


def test_what_is_refused(foreshock, change, tmp_path):
    """A form there is not, a folder there is not, a change there is not: nothing is half-written."""
    assert foreshock("change", "summary", change, "--format", "docx").status == 2
    assert foreshock("change", "summary", change, "-o", "csv").status == 2
    assert foreshock("change", "summary", "CHG-9999").status == 4
    missing = foreshock("change", "summary", change, "--out", str(tmp_path / "no" / "page.html"))
    assert missing.status == 1
    assert not list(tmp_path.glob("no/*"))


def test_similar_changes(foreshock, change):
    """The most similar with its parts, as a table and as JSON."""
    table = foreshock("change", "similar", change).ok().out
    assert "1 of 1 past changes compared, 1 with something in common" in table
    assert "100 %" in table
    (one,) = foreshock("change", "similar", change, "-o", "json").ok().json["similar"]
    assert (one["title"], one["similarity"]) == ("Replace lb1", 1.0)
