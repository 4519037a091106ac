"""A CI class: described data that says what a kind of CI is called, inherits from, and which attributes it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cmdb.model.kind import Kind


class AttributeType(StrEnum):
    """What the values of an attribute are; the value stands in documents as plain JSON and is never rewritten."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"
    ENUM = "enum"
    IP = "ip"
    CIDR = "cidr"
    MAC = "mac"
    FQDN = "fqdn"
    URL = "url"
    REFERENCE = "reference"
    LIST = "list"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Attribute:
    """
    One attribute of a class.

    ``of`` is the type of a list's entries. ``choices`` (enum), ``refers_to`` (reference: the class, with all below it,
    whose ids are meant), ``pattern`` (a regular expression the whole text must match), ``minimum`` and ``maximum`` (of
    numbers, both included) hold for a list's entries as they do for a single value. ``unique``: no two living CIs of
    the declaring class, or of any class below it, have the same value. ``default`` is what readers take where a CI
    states nothing; it is never written into the CI. ``label_zh`` is the label in Chinese.
    """

    name: str
    type: AttributeType
    label: str = ""
    label_zh: str = ""
    description: str = ""
    of: AttributeType | None = None
    choices: tuple[str, ...] = ()
    refers_to: str | None = None
    pattern: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    unit: str = ""
    required: bool = False
    unique: bool = False
    default: Any = None

    @property
    def is_list(self) -> bool:
        """Whether the attribute holds a list."""
        return self.type is AttributeType.LIST

    @property
    def entry_type(self) -> AttributeType:
        """The type of one entry: of a list's entries, or of the value itself."""
        return self.of or AttributeType.TEXT if self.is_list else self.type


@dataclass(frozen=True, slots=True)
class CIClass:
    """
    One class of CIs, with single inheritance: it has its own attributes and all of its ancestors'.

    ``parent`` is None for the root alone. ``unavailability`` within [0, 1] (steady-state chance of being down) and
    ``mtbf_hours`` (mean time between failures, above 0) hold for CIs that state none; None means the parent's.
    No CI may be of an ``abstract`` class, and no new one of a ``retired`` class. A record with ``extends`` adds to the
    built-in class of its name: its attributes come on top, its two figures and ``retired`` count when they are set.
    """

    name: str
    parent: str | None = None
    label: str = ""
    label_zh: str = ""
    description: str = ""
    attributes: tuple[Attribute, ...] = ()
    unavailability: float | None = None
    mtbf_hours: float | None = None
    abstract: bool = False
    retired: bool = False
    extends: bool = False


def class_key(document: Mapping[str, Any]) -> str:
    """Return the key of a class: its name."""
    key: str = document["name"]
    return key


CI_CLASSES = Kind(CIClass, name="ci_class", key=class_key, indexed=("name",), text=("name", "label", "label_zh"))
