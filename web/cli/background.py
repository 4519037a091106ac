"""``--job``: a question that is asked in the background, and how its answer is printed once it is there."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from web.cli.output import done
from web.cli.session import Session

if TYPE_CHECKING:
    from cmdb.model.run import Run

F = TypeVar("F", bound=Callable[..., Any])

# The function that prints an answer of each question, as the question's own command does.
_PRINTS = {
    "impact": "web.cli.impact:show_impact",
    "spof": "web.cli.impact:show_points",
    "outage": "web.cli.risks:show_outage",
    "risk-groups": "web.cli.risks:show_groups",
    "criticality": "web.cli.criticality:show",
    "conflicts": "web.cli.change.calendar:show",
}


def job_option() -> Callable[[F], F]:
    """Return the option ``--job``."""
    return click.option(
        "--job", "as_job", is_flag=True, help="Ask in the background; the run that answers it is told at once."
    )


def ask(session: Session, kind: str, arguments: dict[str, Any], as_of: str | None = None) -> None:
    """Ask a question as a job, and print its run; what is left out is left to the question."""
    from impact.questions import background
    from web.cli.runs import document

    given = {name: value for name, value in arguments.items() if value is not None}
    at = session.at(as_of)
    run: Run = session.twin(background).ask(session.context, kind, given, at=at).record
    said = f"{run.id} waits for a worker. Read its answer: foreshock run result {run.id} --wait"
    done(session, document(run, None), said)


def show(session: Session, kind: str, content: bytes) -> None:
    """Print the answer of a run as the question's own command prints it."""
    from impact.questions.background import read_answer

    module, _, name = _PRINTS[kind].partition(":")
    getattr(importlib.import_module(module), name)(session, read_answer(kind, content))
