"""``foreshock demo``: the small estate that comes with Foreshock, and the one change that looks harmless."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path

import click

from cmdb.errors import Family, ForeshockError
from web.cli.root import command
from web.cli.session import Session


class NoDemo(ForeshockError):
    """This installation was made without the demo."""

    code = "demo.missing"
    sentence = "the demo is not part of this installation"
    family = Family.NOT_FOUND


@command(example="foreshock demo --directory foreshock-demo")
@click.option(
    "--directory",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("foreshock-demo"),
    show_default=True,
    help="Where the demo keeps its store and writes its page; made where it is not there.",
)
@click.pass_obj
def demo(session: Session, /, directory: Path) -> int | None:
    """Load a small estate, assess one change that looks harmless, and show its one-page summary. Twice does no harm."""
    if importlib.util.find_spec("web.demo") is None:
        raise NoDemo
    run = getattr(importlib.import_module("web.demo"), "run", None)
    if run is None:
        raise NoDemo
    status: int | None = run(directory, output=session.output)
    return status
