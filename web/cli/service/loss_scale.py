"""The scale of losses at the command line: what a minute of a service counts for; its twin is the resource."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from web.cli import options
from web.cli.output import done, emit
from web.cli.root import command
from web.cli.session import Session

if TYPE_CHECKING:
    from cmdb.service.loss_scales import ScaleInForce

PLACES = {"/weights": "--weight", "/minute_values": "--minute-value", "/half_at": "--half-at"}


@command(example="foreshock risk scale", places={"/as_of": "--as-of"})
@options.as_of()
@click.pass_obj
def show(session: Session, /, as_of: str | None) -> None:
    """Show how losses are measured: what a minute counts for by tier, and what scores 50."""
    from cmdb.service import loss_scales

    found = session.twin(loss_scales).in_force(session.context, at=session.at(as_of))
    document = _document(found)
    emit(session, document, lambda: _lines(document))


@command(
    example="""\
foreshock risk set-scale --weight 2=0.5 --half-at 120
foreshock risk set-scale --minute-value EUR=250""",
    places=PLACES,
)
@click.option("--weight", multiple=True, metavar="TIER=NUMBER", help="What a minute counts for: 1 to 4, or none.")
@click.option(
    "--minute-value", multiple=True, metavar="CURRENCY=AMOUNT", help="What a minute of tier 1 is worth: EUR=250."
)
@click.option("--half-at", type=float, metavar="MIN", help="The expected loss, in tier 1 minutes, that scores 50.")
@options.if_version()
@click.pass_obj
def set_scale(
    session: Session,
    /,
    weight: tuple[str, ...],
    minute_value: tuple[str, ...],
    half_at: float | None,
    if_version: int | None,
) -> None:
    """Put a scale of losses in force as a new version; what is not named stays as it is."""
    from cmdb.service import loss_scales

    if not weight and not minute_value and half_at is None:
        raise click.UsageError("nothing to change was named")
    held = session.twin(loss_scales).set_scale(
        session.context,
        weights={tier: _number(value) for tier, value in _pairs("--weight", weight).items()},
        minute_values=_pairs("--minute-value", minute_value),
        half_at=half_at,
        expected_version=if_version,
    )
    found = loss_scales.ScaleInForce(held.record.version, held.record.scale)
    done(session, _document(found), f"Version {held.record.version} of the scale of losses is in force.")


def _pairs(option: str, texts: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in texts:
        key, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not key or key in found:
            raise click.UsageError(f"{option} {text}: " + ("it stands twice" if key in found else "write KEY=VALUE"))
        found[key] = value
    return found


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise click.UsageError(f"--weight: {text!r} is no number") from None


def _document(found: ScaleInForce) -> dict[str, Any]:
    from cmdb.model.kind import Kind
    from cmdb.model.loss_scale import LossScale
    from cmdb.records import to_json

    return {"version": found.version, **to_json(Kind(LossScale, name="scale"), found.scale)}


def _lines(document: dict[str, Any]) -> Iterator[str]:
    from web.cli.tables import fields
    from web.wording_levels import scale_lines

    yield f"Version {document['version']} of the scale of losses; a minute down inside service hours counts for:"
    yield from fields(scale_lines(document), indent="  ")
