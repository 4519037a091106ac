"""Which type an attribute gets when it is made from the values that a document brings (``--create-classes``)."""

from __future__ import annotations

from typing import Any

from cmdb.model.ci_class import Attribute, AttributeType

Inferred = tuple[AttributeType, AttributeType | None]
_SCALARS: dict[type, AttributeType] = {
    str: AttributeType.TEXT,
    bool: AttributeType.BOOLEAN,
    int: AttributeType.INTEGER,
    float: AttributeType.DECIMAL,
}
_JSON: Inferred = (AttributeType.JSON, None)


def infer_type(value: Any) -> Inferred:
    """
    Return the narrowest (type, type of a list's entries) the value is right for.

    Text is never guessed to be more than text, so that the next value of the attribute is right as well.

    >>> infer_type(3), infer_type(["a", "b"])
    ((<AttributeType.INTEGER: 'integer'>, None), (<AttributeType.LIST: 'list'>, <AttributeType.TEXT: 'text'>))
    """
    scalar = _SCALARS.get(type(value))
    if scalar is not None:
        return scalar, None
    if not isinstance(value, (list, tuple)):
        return _JSON
    # An empty list is right for entries of any type; those of text are the most common.
    kinds = [infer_type(entry) for entry in value] or [(AttributeType.TEXT, None)]
    entries = kinds[0]
    for kind in kinds[1:]:
        entries = widened(entries, kind)
    return AttributeType.LIST, AttributeType.JSON if entries[0] is AttributeType.LIST else entries[0]


def widened(one: Inferred, other: Inferred) -> Inferred:
    """
    Return the narrowest type that values of both are right for; where there is no better one, JSON, which loses none.

    Of two lists it is the list of the wider entries.
    """
    if one == other:
        return one
    if {one[0], other[0]} == {AttributeType.INTEGER, AttributeType.DECIMAL}:
        return AttributeType.DECIMAL, None
    if one[0] is other[0] is AttributeType.LIST and one[1] is not None and other[1] is not None:
        return AttributeType.LIST, widened((one[1], None), (other[1], None))[0]
    return _JSON


def attribute_of(name: str, inferred: Inferred) -> Attribute:
    """Return the attribute that a document's values make of ``name``."""
    return Attribute(name, inferred[0], of=inferred[1])
