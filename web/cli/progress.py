"""Progress of long work on a terminal; scripts, logs and people without colour see none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from web.cli.session import Session


class Told(Protocol):
    """Hears how far a step is; of a step that is known to have so many records, ``total`` says how many."""

    def __call__(self, step: str, count: int, total: int | None = None, doing: str = "") -> None: ...


@contextmanager
def progress(session: Session, steps: dict[str, str]) -> Iterator[Told | None]:
    """
    Yield what hears (step, records so far) and draws it with its rate, or None where nobody watches.

    ``steps`` gives the word of each step, in their order; a step is drawn from its first record on. Where what is heard
    names a total, it stands in place of the rate, and what is done behind the step's word.
    """
    if not session.on_terminal or session.settings.no_color:
        yield None
        return
    # Only a person at a terminal pays for the library that draws.
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.completed:,}", justify="right"),
        TextColumn("{task.fields[rate]}", style="dim"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as drawn:
        tasks = {
            step: drawn.add_task(word, total=None, visible=False, start=False, rate="") for step, word in steps.items()
        }

        def told(step: str, count: int, total: int | None = None, doing: str = "") -> None:
            task = tasks[step]
            if not drawn.tasks[task].started:
                drawn.start_task(task)
            seconds = drawn.tasks[task].elapsed or 0.0
            rate = f"of {total:,}" if total is not None else f"{count / seconds:,.0f}/s" if seconds > 0 else ""
            word = f"{steps[step]}: {doing}" if doing else steps[step]
            drawn.update(task, completed=count, visible=True, rate=rate, description=word)

        yield told
