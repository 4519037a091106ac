"""Progress of long work on a terminal; scripts, logs and people without colour see none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from web.cli.session import Session

Told = Callable[[str, int], None]


@contextmanager
def progress(session: Session, steps: dict[str, str]) -> Iterator[Told | None]:
    """
    Yield what hears (step, records so far) and draws it with its rate, or None where nobody watches.

    ``steps`` gives the word of each step, in their order; a step is drawn from its first record on.
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

        def told(step: str, count: int) -> None:
            task = tasks[step]
            if not drawn.tasks[task].started:
                drawn.start_task(task)
            seconds = drawn.tasks[task].elapsed or 0.0
            rate = f"{count / seconds:,.0f}/s" if seconds > 0 else ""
            drawn.update(task, completed=count, visible=True, rate=rate)

        yield told
