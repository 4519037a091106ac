"""The page of the tools that a connector is given: their signatures and their first lines, out of the code."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

_INTRODUCTION = (
    "What [a connector](../guides/write-a-connector.md) is made of, is given and may use. "
    "Everything stands in `discovery.ports` unless another module is named."
)


def connectors() -> str:
    """Return the page."""
    from cmdb.model.observation import EvidenceKind
    from discovery import ports
    from discovery.ports import drafting, errors, http, local
    from discovery.testing import networked

    kinds = (ports.Connector, ports.Target, ports.Part, ports.Shaped, ports.Sentence)
    helpers = ("text", "address", "mac", "fqdn", "whole_number", "unique", "shortened")
    failures = [each for each in vars(errors).values() if _is_error(each, errors.__name__)]
    checks = (networked.ConnectorChecks, networked.NetworkedChecks, networked.HttpChecks)
    text = "\n".join(
        [
            "# What a connector is given",
            "",
            _INTRODUCTION,
            *_section("What it is made of", map(_fields, kinds)),
            *_section("Line: all it has of the outside", [_methods(ports.Line)]),
            *_section("Errors", [_table(("error", "when"), ((f"`{e.__name__}`", _row(e)) for e in failures))]),
            *_section("Api: JSON over HTTP (`discovery.ports.http`)", [_class(http.Api), _fields(http.Answer)]),
            _functions(http.bearer, http.basic),
            *_section("Files (`discovery.ports.local`)", [_functions(local.read_file, local.read_text)]),
            *_section("Draft: an observation (`discovery.ports.drafting`)", [_fields(drafting.Draft)]),
            f"The kinds of evidence (`cmdb.model.observation.EvidenceKind`). {_row(EvidenceKind)}\n",
            _methods(drafting.Draft),
            _functions(*(getattr(drafting, name) for name in helpers)),
            *_section("What can be set in a test (`discovery.testing`)", map(_settings, checks)),
            *_section("The settings that connectors take", _taken()),
        ]
    )
    return re.sub(r"\n{3,}", "\n\n", text)


def _section(title: str, pieces: Iterable[str]) -> list[str]:
    return ["", f"## {title}", "", *pieces]


def _table(head: tuple[str, str], rows: Iterable[tuple[str, str]]) -> str:
    lines = [f"| {head[0]} | {head[1]} |", "|---|---|"]
    return "\n".join([*lines, *(f"| {left} | {_cell(right)} |" for left, right in rows), ""])


def _fields(kind: type[Any]) -> str:
    """Return a class with its fields and defaults, and what its docstring says."""
    return f"`{kind.__name__}{_parameters(inspect.signature(kind))}`\n\n{_whole(kind)}\n"


def _class(kind: type[Any]) -> str:
    return f"{_fields(kind)}\n{_methods(kind)}"


def _methods(kind: type[Any]) -> str:
    found = [
        (name, each)
        for name, each in vars(kind).items()
        if inspect.isfunction(each) and not name.startswith("_") and each.__doc__
    ]
    return _table(
        (f"of {kind.__name__}", "what it does"),
        ((f"`{name}{_parameters(inspect.signature(each), 1)}`", _row(each)) for name, each in found),
    )


def _functions(*functions: Callable[..., Any]) -> str:
    rows = ((f"`{each.__name__}{_parameters(inspect.signature(each))}`", _row(each)) for each in functions)
    return _table(("function", "what it does"), rows)


def _settings(kind: type[Any]) -> str:
    """Return what a class of tests may be given: what it says of itself, and the methods to be written."""
    hooks = [
        (name, each)
        for name, each in vars(kind).items()
        if inspect.isfunction(each)
        and not name.startswith(("_", "test_", "pytest_", "judge", "planted"))
        and each.__doc__
    ]
    rows = [(f"`{name}{_parameters(inspect.signature(each), 1)}`", _row(each)) for name, each in hooks]
    return f"`{kind.__name__}`: {_whole(kind)}\n" + (
        f"\n{_table(('to be written', 'what it says'), rows)}" if rows else ""
    )


def _parameters(signature: inspect.Signature, without: int = 0) -> str:
    shown = [_parameter(each) for each in list(signature.parameters.values())[without:]]
    kinds = [each.kind for each in list(signature.parameters.values())[without:]]
    if inspect.Parameter.KEYWORD_ONLY in kinds and inspect.Parameter.VAR_POSITIONAL not in kinds:
        shown.insert(kinds.index(inspect.Parameter.KEYWORD_ONLY), "*")
    return f"({', '.join(shown)})"


def _parameter(each: inspect.Parameter) -> str:
    star = {inspect.Parameter.VAR_KEYWORD: "**", inspect.Parameter.VAR_POSITIONAL: "*"}.get(each.kind, "")
    if each.default is inspect.Parameter.empty:
        return f"{star}{each.name}"
    value = each.default
    shown = "..." if "factory" in repr(value) else getattr(value, "value", value)
    return f"{each.name}={shown!r}" if shown != "..." else f"{each.name}=..."


def _taken() -> Iterator[str]:
    """Yield the settings of every connector of Foreshock's own, those within another below it."""
    from discovery import registry

    yield "As `foreshock source connectors NAME` tells them; * is required.\n"
    for connector in registry.own().values():
        yield f"### {connector.name}\n\n{_cell(connector.purpose)}\n"
        yield "| setting | type | default | what it is |\n|---|---|---|---|"
        yield "\n".join([*_setting_rows(registry.told(connector)["settings"], ""), ""])


def _setting_rows(settings: list[dict[str, Any]], above: str) -> Iterator[str]:
    for each in settings:
        default = "" if each["default"] is None else f"`{json.dumps(each['default'], ensure_ascii=False)}`"
        name = f"`{above}{each['name']}`" + (" *" if each["required"] else "")
        yield f"| {name} | {_cell(each['type'])} | {_cell(default)} | {_cell(each['description'])} |"
        yield from _setting_rows(each["parts"], f"{above}{each['name']}.")


def _is_error(value: Any, module: str) -> bool:
    return inspect.isclass(value) and value.__module__ == module


def _row(thing: Any) -> str:
    return _whole(thing).replace("\n\n", " ")


def _whole(thing: Any) -> str:
    """Return a docstring as Markdown, one line a paragraph, without its examples."""
    return "\n\n".join(_cell(" ".join(each.split())) for each in _paragraphs(inspect.getdoc(thing) or ""))


def _paragraphs(doc: str) -> Iterator[str]:
    yield from (each for each in doc.split("\n\n") if not each.lstrip().startswith(">>>"))


def _cell(text: str) -> str:
    plain = re.sub(r":\w+:`~?\.?([^`]+)`", r"`\1`", text).replace("``", "`")
    return plain.replace("|", "\\|")
