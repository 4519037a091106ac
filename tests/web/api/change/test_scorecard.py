"""The scorecard over the API and on its page: the same figures, and every fault of what was asked."""

from __future__ import annotations

from cmdb.model.change import ChangeState
from cmdb.model.change_outcome import ChangeOutcome
from tests.builders import a_change, depends, moment
from tests.web.api.change.test_changes import SHOP

TIMES = {name: moment("2026-03-02T10:00Z") for name in ("started_at", "ended_at", "outcome_at")}
DONE = a_change(
    "web1",
    state=ChangeState.REVIEWED,
    outcome=ChangeOutcome.BACKED_OUT,
    raised_at=moment("2026-03-01T10:00Z"),
    team="net",
    **TIMES,
)


def test_the_scorecard_of_a_period(house):
    viewer = house(*SHOP, *depends("shop", "web1"), DONE).client("viewer")
    card = viewer.get("/api/v1/scorecard", query_string={"by": "team"}).json
    assert (card["all"]["done"], card["all"]["backed_out"], card["rows"][0]["key"]) == (1, 1, "net")
    assert set(card["definitions"]) >= {"deployment_frequency", "time_to_restore"}
    empty = viewer.get("/api/v1/scorecard", query_string={"from": "2025-01-01T00:00Z", "to": "2025-02-01T00:00Z"}).json
    assert (empty["all"]["done"], empty["dora"]["change_failure_rate"]) == (0, None)
    refused = viewer.get("/api/v1/scorecard", query_string={"from": "yesterday", "by": "person"})
    assert refused.status_code == 422
    assert {fault["pointer"] for fault in refused.json["errors"]} == {"/from", "/by"}
