"""The two figures of a CI in a form: its chance of being down and its mean time between failures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cmdb.model.ci import CI
from web.pages.configuration.attribute_form import number_of
from web.pages.forms import Form

FIGURE_LABELS = {"unavailability": "Chance of being down", "mtbf_hours": "Hours between failures"}
_RIGHT: dict[str, tuple[Callable[[float], bool], str]] = {
    "unavailability": (lambda number: 0 <= number <= 1, "a number within 0 and 1, such as 0.001"),
    "mtbf_hours": (lambda number: number > 0, "a number of hours above 0"),
}


def figures_of(form: Form, *, before: CI | None = None) -> dict[str, Any]:
    """Return the figures the form states; a wrong one is kept as a fault, one that was not touched as it was."""
    found: dict[str, Any] = {}
    for name, (right, wanted) in _RIGHT.items():
        text = form.text(name)
        held = getattr(before, name) if before else None
        if held is not None and text == str(held):
            found[name] = held
            continue
        number = number_of(text) if text else None
        if isinstance(number, str) or (number is not None and not right(number)):
            form.fault(name, FIGURE_LABELS[name], f"{text} is not right; it would be {wanted}")
        elif number is not None:
            found[name] = number
    return found


def figure_values(ci: CI) -> dict[str, str]:
    """Return the figures of a CI as the form shows them."""
    held = {name: getattr(ci, name) for name in _RIGHT}
    return {name: str(figure) for name, figure in held.items() if figure is not None}
