"""Options that several commands share, so that they are called and read the same everywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])
Decorator = Callable[[F], F]


def as_of() -> Decorator[Any]:
    """Return the option ``--as-of``; its text goes to :meth:`web.cli.session.Session.at`."""
    return click.option(
        "--as-of",
        metavar="REVISION|DATE",
        help="Read the estate as it was: a revision (12), a time with its offset, or a day (until its end in UTC).",
    )


def dry_run(what: str) -> Decorator[Any]:
    """Return the option ``--dry-run``; ``what`` says what is shown instead of written."""
    return click.option("--dry-run", is_flag=True, help=f"Write nothing; {what}.")


def if_version() -> Decorator[Any]:
    """Return the option ``--if-version``: who names the version they have seen never overwrites another's."""
    return click.option(
        "--if-version",
        metavar="N",
        type=click.IntRange(min=0),
        help="Only if it is still at version N, as last read; status 5 if somebody was faster.",
    )


def limit() -> Decorator[Any]:
    """Return the option ``--limit``; without it everything is listed."""
    return click.option(
        "--limit", metavar="N", type=click.IntRange(min=1), help="List at most N, and say if more are there."
    )


def yes(what: str) -> Decorator[Any]:
    """Return the option ``--yes``; ``what`` says what is then not asked."""
    return click.option("--yes", is_flag=True, help=f"Do not ask {what}.")
