"""Questions in the background and runs of jobs, asked of a server."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

from cmdb.model.run import RUNS, Run, RunState
from cmdb.records import Held, Listing
from web.cli.remote import RemoteContext
from web.cli.remote.reading import held
from web.cli.remote.reading import listing as page_of
from web.cli.remote.server import Server


def ask(context: RemoteContext, kind: str, arguments: dict[str, Any], *, at: Any = None) -> Held[Run]:
    body = {"question": kind, **arguments, **({} if at is None else {"at": str(at)})}
    return held(RUNS, context.server.send("POST", "questions", body=body))


def result_of(context: RemoteContext, run_id: str) -> tuple[Run, bytes]:
    content = BytesIO()
    context.server.download(content, "runs", run_id, "result")
    return get(context, run_id).record, content.getvalue()


def get(context: RemoteContext, run: str) -> Held[Run]:
    return held(RUNS, context.server.get("runs", run))


def listing(
    context: RemoteContext,
    *,
    jobs: Sequence[str] = (),
    states: Iterable[RunState] = (),
    after: str | None = None,
    limit: int = 100,
) -> Listing[Run]:
    wanted = [state.value for state in states]
    return page_of(RUNS, context.server.get("runs", job=list(jobs), state=wanted, after=after, limit=limit).document)


def job_rows(server: Server) -> list[dict[str, Any]]:
    """Return the jobs that the server knows; where the answer of a run is, is the server's own to say."""
    rows: list[dict[str, Any]] = server.get("jobs").document["rows"]
    for row in rows:
        (row["last"] or {}).pop("result", None)
    return rows


def cancel(context: RemoteContext, run: str) -> Held[Run]:
    return held(RUNS, context.server.send("POST", "runs", run, "cancel"))


def progress(context: RemoteContext, runs: Iterable[Run]) -> dict[str, dict[str, Any]]:
    """Return how far those that go on are, each asked for by itself."""
    going = [run.id for run in runs if run.state is RunState.RUNNING]
    seen = {run: context.server.get("runs", run).document["progress"] for run in going}
    return {run: state for run, state in seen.items() if state is not None}
