"""Suggests what the columns of a table mean, from what heads them; only what can be meant in one way is suggested."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from cmdb.configuration.catalogue import Catalogue
from cmdb.configuration.tables import words
from cmdb.configuration.tables.words import apart, plain
from cmdb.model.ci_class import Attribute
from cmdb.model.table_mapping import RelationColumn, TableMapping

# By what a row may be known where no column says that it is its id, best first.
_KNOWN_BY = ("asset_tag", "fqdn", "serial_number", "cloud_id", "uuid")


class Suggested(NamedTuple):
    """
    What was suggested, and what of the table is left out.

    ``mapping`` is None where no column can be the id. ``left`` holds (column, why): "unknown" word, "unit" that is not
    the attribute's, or "taken" by an earlier column.
    """

    mapping: TableMapping | None
    left: tuple[tuple[str, str], ...]


def class_named(catalogue: Catalogue, text: str) -> str | None:
    """Return the class that a text names, by its name or by its label in either language, or None."""
    if text in catalogue.classes:
        return text
    wanted = plain(text)
    for each in catalogue.classes.values():
        if wanted and wanted in (plain(each.name), plain(each.label), plain(each.label_zh)):
            return each.name
    return None


def class_column_of(columns: Sequence[str]) -> str | None:
    """Return the column that holds the class of each row, or None."""
    return next((column for column in columns if plain(column) in words.CLASS), None)


def suggest(
    source: str, columns: Sequence[str], catalogue: Catalogue, classes: Iterable[str], *, class_column: str | None
) -> Suggested:
    """
    Return the mapping that the headers suggest for rows of these classes.

    ``class_column`` is the one that names a row's class, None where all rows are of the one class. The same headers
    give the same suggestion.
    """
    classes = sorted(classes)
    attributes: dict[str, Attribute] = {}
    for each in classes:
        attributes.update({name: one for name, one in catalogue.attributes_of(each).items() if name not in attributes})
    found = _Suggesting(catalogue, attributes)
    for column in columns:
        if column and column != class_column:
            found.take(column)
    id_column = found.id or found.name or found.known_by()
    mapping = None
    if id_column is not None:
        mapping = TableMapping(
            source,
            id_column,
            ci_class=classes[0] if len(classes) == 1 and class_column is None else None,
            class_column=class_column,
            name_column=found.name if found.name != id_column else None,
            attributes=found.attributes,
            relations=tuple(found.relations),
        )
    return Suggested(mapping, tuple(found.left))


class _Suggesting:
    """One table's headers, taken one after the other."""

    def __init__(self, catalogue: Catalogue, attributes: dict[str, Attribute]) -> None:
        self.id: str | None = None
        self.name: str | None = None
        self.attributes: dict[str, str] = {}
        self.relations: list[RelationColumn] = []
        self.left: list[tuple[str, str]] = []
        self._by_label = _by_label(attributes)
        self._attributes = attributes
        self._types = _relation_words(catalogue)

    def take(self, column: str) -> None:
        """Find what one column means, or why it is left out."""
        bare, unit = apart(column)
        whole, key = plain(column), plain(bare)
        if key in words.ID and self.id is None:
            self.id = column
        elif key in words.NAME and self.name is None:
            self.name = column
        elif (name := self._attribute(whole, key)) is not None:
            self._take_attribute(column, name, unit if whole not in self._by_label else "")
        elif key in self._types:
            self.relations.append(RelationColumn(column, *self._types[key]))
        else:
            self.left.append((column, "taken" if key in words.ID | words.NAME else "unknown"))

    def _attribute(self, whole: str, key: str) -> str | None:
        for one in (whole, key):
            if one in self._by_label:
                return self._by_label[one]
        return next((name for name in words.BY_WORD.get(key, ()) if name in self._attributes), None)

    def _take_attribute(self, column: str, name: str, unit: str) -> None:
        wanted = self._attributes[name].unit
        if name in self.attributes.values():
            self.left.append((column, "taken"))
        elif unit and wanted and plain(unit) != plain(wanted):
            # 64 (GB) is not 64 MB; nothing is reckoned here behind people's backs.
            self.left.append((column, "unit"))
        else:
            self.attributes[column] = name

    def known_by(self) -> str | None:
        """Return the column of an attribute that hardly two things share, or None."""
        columns = {name: column for column, name in self.attributes.items()}
        return next((columns[name] for name in _KNOWN_BY if name in columns), None)


def _by_label(attributes: dict[str, Attribute]) -> dict[str, str]:
    """Return the attributes by their names and labels; what two of them are called is nobody's."""
    found: dict[str, set[str]] = {}
    for name, attribute in attributes.items():
        for label in (name, attribute.label, attribute.label_zh):
            if plain(label):
                found.setdefault(plain(label), set()).add(name)
    return {label: next(iter(names)) for label, names in found.items() if len(names) == 1}


def _relation_words(catalogue: Catalogue) -> dict[str, tuple[str, bool]]:
    """Return (type, reversed) by the words for it; "is needed by" names those that depend on the row."""
    found: dict[str, tuple[str, bool]] = {}
    for each in catalogue.relation_types.values():
        if not each.retired:
            for reading in (each.name, each.reading, each.reading_zh):
                found.setdefault(plain(reading), (each.name, False))
            for reading in (each.reverse, each.reverse_zh):
                found.setdefault(plain(reading), (each.name, True))
    for several, meaning in (
        (words.DEPENDS_ON, ("depends_on", False)),
        (words.NEEDED_BY, ("depends_on", True)),
        (words.RUNS_ON, ("runs_on", False)),
    ):
        found.update(dict.fromkeys(several, meaning))
    found.pop("", None)
    return found
