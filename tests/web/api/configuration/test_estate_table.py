"""Tables over the API: previewed, applied, bad rows handed back in the answer; every fault by row and column."""

from __future__ import annotations

import base64
import json

import pytest

TABLE = "Hostname;IP address;Depends on\nweb1;10.0.0.1;db9\nweb2;nonsense;\n"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def client(house):
    """An engineer on an empty store."""
    return house().client()


def brought(client, content=TABLE, media="text/csv", **query):
    """Import a table of servers; return the answer."""
    given = {"source": "assets", "class": "server", **query}
    return client.post("/api/v1/estate/table", query_string=given, data=content, content_type=media)


def ids(client):
    return [row["id"] for row in client.get("/api/v1/cis").json["rows"]]


def test_a_bad_row_refuses_the_table_with_every_fault(client):
    """422 with the row, the column within the message, and nothing written."""
    answer = brought(client)
    assert answer.status_code == 422
    told = sorted((fault["line"], fault["code"], fault["message"].split(":")[0]) for fault in answer.json["errors"])
    assert told == [(2, "estate.missing_end", "Depends on"), (3, "attribute.not_ip", "IP address")]
    assert ids(client) == []


def test_the_good_rows_are_applied_and_the_bad_ones_come_back(client):
    """207, the bad rows with their reasons, and a file of them with a byte-order mark."""
    content = TABLE.replace("db9", "")
    answer = brought(client, content, apply_good=True, bad_rows="csv")
    assert answer.status_code == 207
    assert (answer.json["new"], answer.json["bad_count"], answer.json["rows"]) == (1, 1, 2)
    [bad] = answer.json["bad_rows"]
    assert (bad["row"], bad["cells"]["Hostname"], bad["problems"][0]["column"]) == (3, "web2", "IP address")
    file = base64.b64decode(answer.json["bad_file"])
    assert file.startswith(b"\xef\xbb\xbfHostname,IP address,Depends on,reason\r\nweb2,nonsense,,")
    assert ids(client) == ["web1"]


def test_a_workbook_comes_back_as_one(client):
    """Excel in, Excel out."""
    pytest.importorskip("openpyxl", reason="openpyxl is not installed (foreshock[excel])")
    pytest.importorskip("xlsxwriter", reason="XlsxWriter is not installed (foreshock[excel])")
    first = brought(client, apply_good=True, bad_rows="xlsx")
    file = base64.b64decode(first.json["bad_file"])
    again = brought(client, file, EXCEL, apply_good=True, source="again")
    assert (again.status_code, again.json["read"]["format"]) == (207, "xlsx")
    assert again.json["unmapped"] == [{"column": "reason", "why": "unknown"}]


def test_the_mapping_goes_with_the_request_and_is_kept(client):
    """As JSON in the query; the answer shows the one that counted, and the next table needs none."""
    mapping = {"id": "Box", "class": "server", "attributes": {"Cores": "cpu_cores"}}
    content = "Box,Cores\nweb1,8\n"
    query = {"source": "boxes", "class": None}
    first = brought(client, content, mapping=json.dumps(mapping), **query)
    assert (first.status_code, first.json["mapping_is"]) == (200, "given")
    assert first.json["mapping"] == {"source": "boxes", **mapping}
    second = brought(client, content.replace("8", "16"), **query)
    assert (second.json["mapping_is"], second.json["changed"]) == ("kept", 1)
    assert second.json["differences"][0]["place"] == 2


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"mapping": "{"}, 422),
        ({"mapping": "a: &a [*a]"}, 422),
        ({"mapping": '{"id": "x"}'}, 422),
        ({"format": "doc"}, 422),
        ({"bad_rows": "pdf"}, 422),
        ({"header": "0"}, 422),
        ({"class": "spaceship"}, 422),
        ({"nonsense": "1"}, 422),
    ],
)
def test_wrong_questions_are_refused(client, query, status):
    """Whatever is asked wrongly is told before anything is written."""
    assert brought(client, "Hostname\nweb1\n", **query).status_code == status
    assert ids(client) == []


def test_other_media_are_refused(client):
    """A picture is no table."""
    assert brought(client, b"x", "image/png").status_code == 415


def test_who_may_not_import_is_told(house):
    """The right is asked before the file is read."""
    assert brought(house().client("viewer")).status_code == 403
