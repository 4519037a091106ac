"""The settings of a connector as form fields, and what is typed there as values to be judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cmdb.errors import Problem
from cmdb.exchange.bounded_yaml import YamlFault, read_yaml
from discovery.described import Setting, Shape
from web.pages.forms import Form, Place, plain

PREFIX = "s."
Known = Mapping[str, Setting]
"""The settings of a connector, by name."""
_NO_SETTING = "this connector takes no such setting; empty the field to take it away"
_YES = {"yes": True, "no": False}
_CONTROLS = {
    Shape.TEXT: "input",
    Shape.SECRET: "input",
    Shape.CHOICE: "select",
    Shape.YES_NO: "select",
    Shape.LINES: "lines",
    Shape.RECORDS: "yaml",
}
_HINTS = {
    Shape.SECRET: "env:NAME or file:PATH on the worker, never the credential itself",
    Shape.LINES: "one a line",
    Shape.RECORDS: "as YAML",
}


@dataclass(frozen=True, slots=True)
class SettingField:
    """One setting as a field: ``control`` is "input", "select", "lines" (one entry a line) or "yaml"."""

    name: str
    label: str
    control: str
    choices: tuple[tuple[str, str], ...]
    hint: str
    required: bool
    secret: bool


def fields_of(known: Known, held: Mapping[str, Any]) -> list[SettingField]:
    """Return the fields of a connector's settings, the required ones first; ``held`` are settings a source has."""
    found = [_field(each) for each in known.values()]
    found += [
        SettingField(PREFIX + name, name, "yaml", (), _NO_SETTING, required=False, secret=False)
        for name in held
        if name not in known
    ]
    return sorted(found, key=lambda each: not each.required)


def values_of(known: Known, settings: Mapping[str, Any]) -> dict[str, str]:
    """Return settings as the texts of their fields."""
    return {PREFIX + name: _typed(value, _shape(known, name)) for name, value in settings.items()}


def settings_in(form: Form, known: Known, held: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return the settings that a form states; a field left empty is left out, one not touched keeps its value.

    What can not be read as its kind is passed on as it is, so that the connector names every fault.
    """
    shown = values_of(known, held)
    found: dict[str, Any] = {}
    for name in dict.fromkeys([*known, *held]):
        text = form.text(PREFIX + name)
        if name in held and text == plain(shown[PREFIX + name]):
            found[name] = held[name]
        elif text:
            found[name] = _read(text, known.get(name), form, name)
    return found


def fault_at(problem: Problem, known: Known) -> tuple[Place, str] | None:
    """Return the field of a fault within the settings and what to say there; None if it lies elsewhere."""
    parts = [each.replace("~1", "/").replace("~0", "~") for each in (problem.pointer or "").split("/")[1:]]
    if not parts or parts[0] != "settings":
        return None
    name, inner = (parts[1], parts[2:]) if len(parts) > 1 else ("", [])
    places = [f"entry {int(each) + 1}" if each.isdecimal() else each for each in inner]
    said = problem.message if not name or name in known else _NO_SETTING
    return (PREFIX + name if name else "", name or "Settings"), ", ".join(places) + (": " if places else "") + said


def without_credentials(form: Form, known: Known, problems: Sequence[Problem]) -> Form:
    """
    Return the form as it may be shown again: what was typed where a reference belongs, and is none, is not repeated.
    """
    values = dict(form.values)
    for name, each in known.items():
        if each.shape is Shape.SECRET and not form.text(PREFIX + name).startswith(("env:", "file:")):
            values[PREFIX + name] = ""
    for problem in problems:
        found = fault_at(problem, known)
        if found is not None and "must be a reference" in problem.message:
            # Which of what was typed there is the credential, nobody needs to guess.
            values[found[0][0]] = ""
    return Form(values, form.rows, form.errors, form.problems)


def _field(each: Setting) -> SettingField:
    return SettingField(
        PREFIX + each.name,
        each.name,
        _CONTROLS[each.shape],
        _choices(each),
        _hint(each),
        each.required,
        each.shape is Shape.SECRET,
    )


def _choices(each: Setting) -> tuple[tuple[str, str], ...]:
    if _CONTROLS[each.shape] != "select":
        return ()
    default = _default(each)
    usual = () if each.required else (("", f"as usual: {default}" if default else "as usual"),)
    options = ("yes", "no") if each.shape is Shape.YES_NO else each.choices
    return (*usual, *((option, option) for option in options))


def _hint(each: Setting) -> str:
    said = [each.description, _HINTS.get(each.shape, "")]
    default = _default(each)
    if default and _CONTROLS[each.shape] != "select":
        said.append(f"left empty: {', '.join(default.splitlines())}")
    text = "; ".join(part for part in said if part)
    return text[:1].upper() + text[1:]


def _default(each: Setting) -> str:
    return plain(_typed(each.default, each.shape))


def _shape(known: Known, name: str) -> Shape:
    return known[name].shape if name in known else Shape.RECORDS


def _typed(value: Any, shape: Shape) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)) or (isinstance(value, str) and shape is not Shape.RECORDS):
        return str(value)
    if isinstance(value, (list, tuple)) and shape is Shape.LINES:
        return "\n".join(map(str, value))
    import yaml

    return str(yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=120)).strip()


def _read(text: str, each: Setting | None, form: Form, name: str) -> Any:
    shape = Shape.RECORDS if each is None else each.shape
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if shape is Shape.LINES or (each is not None and each.listed and _are_plain(lines)):
        return lines
    if shape is Shape.YES_NO:
        return _YES.get(text, text)
    return _yaml(text, form, name) if shape is Shape.RECORDS else text


def _are_plain(lines: Sequence[str]) -> bool:
    """Tell whether lines are entries as they are, and no YAML."""
    return not any(line[:1] in "-{[#" or ": " in line or line.endswith(":") for line in lines)


def _yaml(text: str, form: Form, name: str) -> Any:
    try:
        return _plain(read_yaml(text))
    except YamlFault as fault:
        at = f" in line {fault.line}" if fault.line else ""
        said = f"it is no YAML that can be used{at}; write lists as '- entry', pairs as 'key: value'"
        form.fault(PREFIX + name, name, said)
        return None


def _plain(value: Any) -> Any:
    """Return a value with objects that JSON knows."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value
