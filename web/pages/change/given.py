"""Between the form of a change and the change desk: fields to what the desk takes, and its faults back to fields."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from cmdb.change.edit_text import statements_of
from cmdb.change.text_input import EXPECT, zone_of
from cmdb.errors import Problem
from cmdb.model.change import BackOut, Change, ChangeType, Effect, Target
from cmdb.model.change_model import ChangeModel
from cmdb.model.ci import CIS
from web.pages.forms import Form, Place, plain
from web.pages.naming import meant
from web.request import context
from web.wording_change import zone_named

_OFFSET = re.compile(r"[+-]\d{2}:\d{2}", re.ASCII)
_WHOLE = re.compile(r"\d{1,9}", re.ASCII)

_PLACES: dict[str, Place] = {
    "/title": ("title", "Title"),
    "/reason": ("reason", "Reason"),
    "/type": ("type", "Type"),
    "/implementer": ("implementer", "Implemented by"),
    "/targets": ("targets", "Targets"),
    "/window": ("from", "Window"),
    "/window/start": ("from", "From"),
    "/window/end": ("to", "To"),
    "/window/zone": ("zone", "Time zone"),
    "/steps": ("steps", "Steps"),
    "/back_out": ("plan", "Back-out plan"),
    "/back_out/minutes": ("back_out_minutes", "Back-out takes"),
    "/team": ("team", "Team"),
    "/model": ("model", "Model"),
    "/benefit": ("benefit", "Benefit"),
    "/communications": ("communications", "Who is told"),
    "/test_evidence": ("test_evidence", "Test evidence"),
    "/after": ("after", "After"),
    "/incidents": ("incidents", "Incidents"),
}
_TARGET_LABELS = {
    "ci": "CI",
    "effect": "Effect",
    "offset": "Starts at minute",
    "minutes": "Minutes out",
    "expected": "Expected afterwards",
    "edit": "What is added or rewired",
}


def values_of(change: Change) -> dict[str, str]:
    """Return the form of a change, field by field."""
    values = {
        "title": change.title,
        "reason": change.reason,
        "type": change.type.value,
        "implementer": change.implementer or "",
        "steps": "\n".join(change.steps),
        "zone": "UTC",
        "team": change.team or "",
        "model": change.model or "",
        "benefit": change.benefit,
        "communications": change.communications,
        "test_evidence": change.test_evidence,
        "after": ", ".join(change.after),
        "incidents": ", ".join(change.incidents),
    }
    if change.window:
        zone = zone_named(change.window.zone)
        values |= {
            "from": _local(change.window.start.astimezone(zone)),
            "to": _local(change.window.end.astimezone(zone)),
            "zone": change.window.zone,
        }
    if change.back_out:
        back_out = change.back_out
        values |= {
            "plan": back_out.plan,
            "back_out_minutes": "" if back_out.minutes is None else str(back_out.minutes),
            "tested_on": back_out.tested_on.isoformat() if back_out.tested_on else "",
        }
    for number, target in enumerate(change.targets):
        values |= _target_values(f"t{number}", target)
    return values


def model_values(model: ChangeModel) -> dict[str, str]:
    """Return the form of a new change as its model fills it in."""
    values = {
        "model": model.id,
        "title": model.title,
        "type": model.type.value,
        "steps": "\n".join(model.steps),
        "team": model.team or "",
        "test_evidence": model.test_evidence,
    }
    if model.back_out:
        values |= {"plan": model.back_out.plan, "back_out_minutes": str(model.back_out.minutes or "")}
    return values | _target_values("t0", Target("", model.effect, model.offset, model.minutes))


def given_of(form: Form, *, before: Change | None = None) -> dict[str, Any]:
    """
    Return the form as the keyword arguments of the change desk; faults only the form can see are kept in it.

    With ``before``, what the person did not touch is left out, so that it stays as it is whatever a form can show.
    """
    shown = values_of(before) if before else {}
    given: dict[str, Any] = {}
    for name, read in _READERS.items():
        fields = _FIELDS.get(name, (name,))
        if before is None or any(plain(form.value(f)) != plain(shown.get(f, "")) for f in fields):
            given["change_type" if name == "type" else name] = read(form)
    if before is None or not _same_targets(form, shown):
        _look_for_cis(form)
        given["targets"] = [_target_text(form, row) for row in _filled(form)]
    return given


def place_of(form: Form, problem: Problem) -> Place | None:
    """Return the field of a fault the desk found; None where the form has told it in its own words."""
    pointer = problem.pointer or ""
    match = re.fullmatch(r"/targets/(\d+)(?:/(\w+)(?:/.*)?)?", pointer, re.ASCII)
    if match:
        rows = _filled(form) or list(form.rows)
        row, name = rows[min(int(match[1]), len(rows) - 1)], match[2] or "ci"
        name = name if name in _TARGET_LABELS else "ci"
        if problem.code == "change.unknown_ci" and f"{row}.ci" in form.errors:
            return None
        return f"{row}.{name}", f"Target {form.rows.index(row) + 1}, {_TARGET_LABELS[name].lower()}"
    if pointer.startswith("/window") and problem.code.startswith("time.") and "zone" in form.errors:
        return None
    if pointer == "/back_out/minutes" and {"back_out_minutes", "tested_on"} & form.errors.keys():
        return None
    while pointer and pointer not in _PLACES:
        pointer = pointer.rpartition("/")[0]
    return _PLACES.get(pointer, ("", ""))


def _look_for_cis(form: Form) -> None:
    """Tell of every unknown CI, also in a row of which the desk can read nothing."""
    named = {row: form.text(f"{row}.ci") for row in _filled(form)}
    known = context().store.get_many(CIS, tuple({ci for ci in named.values() if ci}))
    for row, ci in named.items():
        if ci and ci not in known and form.value(f"{row}.effect") != Effect.ADD.value:
            said = "; ".join((f"there is no CI {ci}", *meant([ci])))
            form.fault(f"{row}.ci", f"Target {form.rows.index(row) + 1}, CI", said)


def _window(form: Form) -> tuple[str, str] | None:
    start, end, zone = form.text("from"), form.text("to"), form.text("zone")
    if not start and not end:
        return None
    if zone_of(zone) is None:
        form.fault("zone", "Time zone", f"{zone or 'nothing'} is no time zone; write Europe/Berlin, UTC or +01:00")
    return tuple(moment_text(text, zone) if text else "" for text in (start, end))  # type: ignore[return-value]


def moment_text(local: str, zone: str) -> str:
    """Return a local time with the zone it is meant in, as the desk reads it."""
    if zone == "UTC":
        return f"{local}Z"
    return f"{local}{zone}" if _OFFSET.fullmatch(zone) else f"{local}[{zone}]"


def _back_out(form: Form) -> BackOut | None:
    plan, minutes, tested = form.text("plan"), form.text("back_out_minutes"), form.text("tested_on")
    if not (plan or minutes or tested):
        return None
    takes, day = None, None
    if minutes and not _WHOLE.fullmatch(minutes):
        form.fault("back_out_minutes", "Back-out takes", f"{minutes} is no whole number of minutes")
    elif minutes:
        takes = int(minutes)
    try:
        day = date.fromisoformat(tested) if tested else None
    except ValueError:
        form.fault("tested_on", "Back-out last tested", f"{tested} is no day; write 2026-03-02")
    if form.is_wrong and {"back_out_minutes", "tested_on"} & form.errors.keys():
        takes = 0  # The desk refuses it, so nothing is written and it tells all its other faults at the same time.
    return BackOut(plan, takes, day)


_READERS: dict[str, Callable[[Form], Any]] = {
    "title": lambda form: form.text("title"),
    "reason": lambda form: form.text("reason"),
    "type": lambda form: _type(form),
    "implementer": lambda form: form.text("implementer") or None,
    "steps": lambda form: form.lines("steps"),
    "window": _window,
    "back_out": _back_out,
    "team": lambda form: form.text("team") or None,
    "model": lambda form: form.text("model") or None,
    "benefit": lambda form: form.text("benefit"),
    "communications": lambda form: form.text("communications"),
    "test_evidence": lambda form: form.text("test_evidence"),
    "after": lambda form: _ids(form, "after"),
    "incidents": lambda form: _ids(form, "incidents"),
}
_FIELDS = {"window": ("from", "to", "zone"), "back_out": ("plan", "back_out_minutes", "tested_on")}


def _ids(form: Form, name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in form.text(name).split(",") if part.strip())


def _type(form: Form) -> ChangeType:
    named = form.value("type")
    return ChangeType(named) if named in tuple(ChangeType) else ChangeType.NORMAL


def _filled(form: Form) -> list[str]:
    """Return the rows that name a CI, or say something else without one."""
    return [row for row in form.rows if form.text(f"{row}.ci") or form.text(f"{row}.minutes")]


def _target_text(form: Form, row: str) -> str:
    """Return the row as the desk reads targets, so that it finds their faults itself."""
    fields = [form.text(f"{row}.ci")]
    fields += [
        f"{name}={form.text(f'{row}.{name}')}" for name in ("effect", "offset", "minutes") if form.text(f"{row}.{name}")
    ]
    fields += [f"{EXPECT}{part.strip()}" for part in form.text(f"{row}.expected").split(";") if part.strip()]
    for line_given in form.lines(f"{row}.edit"):
        verb, _, said = line_given.partition(" ")
        fields.append(f"{verb}={said}")
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(fields)
    return line.getvalue()


def _target_values(row: str, target: Target) -> dict[str, str]:
    return {
        f"{row}.ci": target.ci,
        f"{row}.effect": target.effect.value,
        f"{row}.offset": str(target.offset) if target.offset else "",
        f"{row}.minutes": "" if target.minutes is None else str(target.minutes),
        f"{row}.expected": "; ".join(f"{name}={value}" for name, value in target.expected.items()),
        f"{row}.edit": "\n".join(f"{verb} {said}" for verb, said in statements_of(target.edit)),
    }


def _same_targets(form: Form, shown: dict[str, str]) -> bool:
    names = {name for name in (*form.values, *shown) if re.match(r"t\d+\.", name, re.ASCII)}
    filled = {name for name in names if name.partition(".")[0] in {*_filled(form)} or name in shown}
    return all(plain(form.value(name)) == plain(shown.get(name, "")) for name in filled)


def _local(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="auto" if moment.second or moment.microsecond else "minutes")
