"""Reads the text of a document that anybody may have written (JSON, YAML or XML) to plain values, within bounds."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cmdb.exchange.bounded_yaml import MAX_DEPTH, MAX_VALUES, MAX_YAML, YamlFault, read_yaml
from cmdb.exchange.estate.faults import Faults, problem
from cmdb.exchange.estate.limits import MIB

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_DOCUMENT = 64 * MIB  # bytes of JSON or XML, all of which is held in memory

SENTENCES = {
    "document.too_large": "it has more than {limit} bytes",
    "document.not_json": "not JSON: {what}, at column {column} of this line",
    "document.not_yaml": "not YAML: {what}",
    "document.nested": "objects and lists are nested more than {limit} deep",
    "document.unfolds": "its aliases unfold to more than {limit} values; write them out where they are needed",
    "document.loop": "an alias stands inside of what it stands for, so it would never end",
    "document.several": "it holds several documents; one would be right",
    "document.not_xml": "not XML: {what}",
    "document.entities": "it declares a document type or entities, which no such document needs; it is refused",
    "document.library": "reading XML needs defusedxml; install foreshock[excel]",
}
_YAML = {
    "syntax": "document.not_yaml",
    "nested": "document.nested",
    "large": "document.unfolds",
    "loop": "document.loop",
    "documents": "document.several",
}


def from_json(text: str, faults: Faults) -> Any:
    """Return the value of a JSON text, None where it can not be read, which is then told in ``faults``."""
    if len(text) > MAX_DOCUMENT:
        _tell(faults, "document.too_large", limit=MAX_DOCUMENT)
        return None
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        _tell(faults, "document.not_json", error.lineno, what=error.msg, column=error.colno)
        return None
    except RecursionError:
        _tell(faults, "document.nested", limit=MAX_DEPTH)
        return None
    except ValueError as error:  # A number of thousands of digits.
        _tell(faults, "document.not_json", what=str(error)[:80], column=1)
        return None


def from_yaml(text: str, faults: Faults, *, check: Callable[[], None] | None = None) -> Any:
    """Return the value of a YAML text likewise; ``check`` is as in :func:`cmdb.exchange.bounded_yaml.read_yaml`."""
    if len(text) > MAX_YAML:
        _tell(faults, "document.too_large", limit=MAX_YAML)
        return None
    try:
        return read_yaml(text, check=check)
    except YamlFault as fault:
        limit = MAX_DEPTH if fault.kind == "nested" else MAX_VALUES
        _tell(faults, _YAML[fault.kind], fault.line, what=fault.what, limit=limit)
        return None


def from_xml(text: str, faults: Faults) -> Element | None:
    """Return the root of an XML text likewise; a document type is refused before anything of it is believed."""
    try:
        from defusedxml import DefusedXmlException
        from defusedxml.ElementTree import ParseError, fromstring
    except ImportError:
        _tell(faults, "document.library")
        return None
    if len(text) > MAX_DOCUMENT:
        _tell(faults, "document.too_large", limit=MAX_DOCUMENT)
        return None
    try:
        root: Element = fromstring(text.encode(), forbid_dtd=True)
    except DefusedXmlException:
        _tell(faults, "document.entities")
        return None
    except ParseError as error:
        _tell(faults, "document.not_xml", error.position[0], what=str(error)[:80])
        return None
    except (ValueError, LookupError, RecursionError) as error:  # Such as an encoding that nobody knows.
        _tell(faults, "document.not_xml", what=str(error)[:80])
        return None
    return root


def _tell(faults: Faults, code: str, line: int | None = None, **facts: Any) -> None:
    faults.keep(problem(code, SENTENCES[code], "" if line is None else line, **facts))
