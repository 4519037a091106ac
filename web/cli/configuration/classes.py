"""CI classes at the command line: list, show, define, retire; its twin is the resource of this name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import click

from cmdb.errors import InvalidInput, Problem
from web.cli import options
from web.cli.configuration.pairs import read_pairs, read_value
from web.cli.output import done, emit
from web.cli.root import command
from web.cli.session import Session
from web.cli.tables import fields, heading, plain, table

_TEXTS = ("label", "label_zh", "description", "of", "refers_to", "pattern", "unit")
_KEYS = ("type", *_TEXTS, "choices", "minimum", "maximum", "default")
_FLAGS = ("required", "unique")
_PLACES = {
    "/as_of": "--as-of",
    "/name": "NAME",
    "/parent": "--parent",
    "/label": "--label",
    "/description": "--description",
    "/attributes": "--attribute",
    "/unavailability": "--unavailability",
    "/mtbf_hours": "--mtbf-hours",
}


@command(example="foreshock class list --below hardware", places=_PLACES)
@click.option("--below", metavar="CLASS", help="Only this class and those below it.")
@options.as_of()
@click.pass_obj
def list_classes(session: Session, /, below: str | None, as_of: str | None) -> None:
    """List the CI classes, built in and your own, in the order of the catalogue."""
    from cmdb.errors import NotFound
    from cmdb.model.ci_class import CI_CLASSES
    from cmdb.records import to_json

    catalogue = _catalogue(session, as_of)
    if below is not None and catalogue.find_class(below) is None:
        raise NotFound(kind="class", ids=(below,))
    wanted = set(catalogue.classes if below is None else catalogue.descendants(below))
    rows = [to_json(CI_CLASSES, each) for name, each in catalogue.classes.items() if name in wanted]
    shown = [[row["name"], row["parent"], row["label"], _remarks(row)] for row in rows]
    emit(session, {"rows": rows}, lambda: table(("CLASS", "BELOW", "LABEL", ""), shown), rows=rows)


@command(example="foreshock class show server", places=_PLACES)
@click.argument("name")
@options.as_of()
@click.pass_obj
def show(session: Session, /, name: str, as_of: str | None) -> None:
    """Show a class with all its attributes, those of its ancestors included."""
    from cmdb.configuration import classes
    from cmdb.errors import NotFound
    from cmdb.model.ci_class import CI_CLASSES
    from cmdb.records import to_json

    catalogue = _catalogue(session, as_of)
    found = catalogue.find_class(name)
    if found is None:
        raise NotFound(kind="class", ids=(name,))
    document = to_json(CI_CLASSES, found)
    line = catalogue.lineage(name)
    owners = {a.name: owner for owner in reversed(line) for a in catalogue.classes[owner].attributes}
    holder = type(found)(name, attributes=tuple(catalogue.attributes_of(name).values()))
    document["attributes"] = [
        {**attribute, "of_class": owners[attribute["name"]]} for attribute in to_json(CI_CLASSES, holder)["attributes"]
    ]
    document["lineage"] = list(line)
    document["in_use"] = session.twin(classes).count_of(session.context, name)
    emit(session, document, lambda: _class_lines(document))


@command(
    example="""\
foreshock class define badge_reader --parent hardware --label "Badge reader" \\
    --attribute door,type=text,required --attribute side,type=enum,choices=in|out
foreshock class define server --attribute asset_tag,type=text,unique""",
    places=_PLACES,
)
@click.argument("name")
@click.option("--parent", metavar="CLASS", help="The class it is below; its attributes are inherited.")
@click.option("--label", metavar="TEXT", help="What people call it.")
@click.option("--description", metavar="TEXT", help="What it is.")
@click.option(
    "--attribute",
    "attributes",
    multiple=True,
    metavar="NAME[,type=...][,required][,unique]...",
    help="An attribute, once for each. Type text (default), integer, decimal, boolean, date, time, enum, ip, cidr, "
    "mac, fqdn, url, reference, list or json; further of=, choices=a|b, refers_to=, pattern=, minimum=, maximum=, "
    "default=, "
    "unit=, label=, description=.",
)
@click.option("--unavailability", type=float, metavar="SHARE", help="Chance that such a CI is down, from 0 to 1.")
@click.option("--mtbf-hours", type=float, metavar="HOURS", help="Mean time between its failures.")
@click.option("--abstract/--concrete", default=None, help="Whether no CI is of this class itself.")
@options.if_version()
@click.pass_obj
def define(session: Session, /, name: str, attributes: tuple[str, ...], if_version: int | None, **given: Any) -> None:
    """
    Add a class, change one of your own, or add attributes to a built-in one.

    What is not named stays; an attribute of the same name is replaced. A class that CIs use is not changed so that they
    would no longer fit.
    """
    from cmdb.configuration import classes
    from cmdb.model.ci_class import CI_CLASSES
    from cmdb.records import from_document, to_json

    read, problems = _attributes(attributes)
    if problems:
        raise InvalidInput(problems, what=f"class {name}")
    known = _own(_catalogue(session, None), name)
    own = {attribute["name"]: attribute for attribute in known.get("attributes", [])}
    own |= {attribute["name"]: attribute for attribute in read}
    said = {key: value for key, value in given.items() if value is not None}
    document = {**known, **said, "name": name, "attributes": list(own.values())}
    held = session.twin(classes).define_class(
        session.context, from_document(CI_CLASSES, document), expected_version=if_version
    )
    done(session, {**to_json(CI_CLASSES, held.record), "version": held.version}, f"Class {name} is defined.")


@command(example="foreshock class retire badge_reader", places=_PLACES)
@click.argument("name")
@options.if_version()
@click.pass_obj
def retire(session: Session, /, name: str, if_version: int | None) -> None:
    """Take no new CIs of a class any more. Those it has stay as they are; how many is said."""
    from cmdb.configuration import classes
    from cmdb.model.ci_class import CI_CLASSES
    from cmdb.records import to_json

    retired = session.twin(classes).retire_class(session.context, name, expected_version=if_version)
    document = {**to_json(CI_CLASSES, retired.held.record), "version": retired.held.version, "in_use": retired.in_use}
    used = f"; {retired.in_use} CIs still are of it" if retired.in_use else ""
    done(session, document, f"Class {name} is retired{used}.")


def _catalogue(session: Session, as_of: str | None) -> Any:
    from cmdb.configuration import classes

    return session.twin(classes).catalogue_of(session.context, at=session.at(as_of))


def _own(catalogue: Any, name: str) -> dict[str, Any]:
    """Return what the organisation itself says of a class: all of its own one, the additions to a built-in one."""
    from cmdb.configuration.catalogue import built_in
    from cmdb.model.ci_class import CI_CLASSES
    from cmdb.records import to_json

    found, base = catalogue.find_class(name), built_in().find_class(name)
    if found is None:
        return {"name": name}
    document = to_json(CI_CLASSES, found)
    if base is None:
        return document
    theirs = to_json(CI_CLASSES, base)
    figures = {
        key: document[key] for key in ("unavailability", "mtbf_hours", "retired") if document[key] != theirs[key]
    }
    added = [attribute for attribute in document["attributes"] if attribute not in theirs["attributes"]]
    return {"name": name, "extends": True, "attributes": added, **figures}


def _attributes(texts: Sequence[str]) -> tuple[list[dict[str, Any]], list[Problem]]:
    """Return the documents of attributes, and everything that can not be read."""
    from cmdb.model.ci_class import AttributeType

    documents: list[dict[str, Any]] = []
    problems: list[Problem] = []
    known = ", ".join(AttributeType)
    for place, text in enumerate(texts):
        pointer = f"/attributes/{place}"
        name, found, wrong = read_pairs(text, pointer, keys=_KEYS, flags=_FLAGS)
        problems += wrong
        document: dict[str, Any] = {"name": name, "type": found.get("type", "text")}
        for key in ("type", "of"):
            if key in found and found[key] not in tuple(AttributeType):
                facts = {"found": found[key], "known": known}
                problems.append(Problem("option.type", "{found!r} is no type; {known} are", facts, f"{pointer}/{key}"))
        document |= {key: found[key] for key in _TEXTS if key in found}
        document |= {key: True for key in _FLAGS if key in found}
        document |= {key: read_value(found[key]) for key in ("minimum", "maximum", "default") if key in found}
        if "choices" in found:
            document["choices"] = found["choices"].split("|")
        documents.append(document)
    return documents, problems


def _remarks(row: dict[str, Any]) -> str:
    return ", ".join(word for word in ("abstract", "retired") if row[word])


def _class_lines(document: dict[str, Any]) -> Iterator[str]:
    yield click.style(f"{document['name']}  {plain(document['label'])}", bold=True)
    if document["description"]:
        yield plain(document["description"])
    yield ""
    pairs = [
        ("Below", " > ".join(document["lineage"][1:])),
        ("Remark", _remarks(document)),
        ("CIs", document["in_use"]),
        ("Unavailability", document["unavailability"]),
        ("MTBF, hours", document["mtbf_hours"]),
    ]
    yield from fields(pairs)
    rows = [[a["name"], _type(a), _rules(a), a["of_class"], a["label"]] for a in document["attributes"]]
    if rows:
        yield from heading("Attributes")
        yield from table(("NAME", "TYPE", "RULES", "OF CLASS", "LABEL"), rows)


def _type(attribute: dict[str, Any]) -> str:
    if attribute["type"] == "list":
        return f"list of {attribute['of'] or 'text'}"
    if attribute["type"] == "reference":
        return f"reference to {attribute['refers_to']}"
    return str(attribute["type"])


def _rules(attribute: dict[str, Any]) -> str:
    rules = [flag for flag in _FLAGS if attribute[flag]]
    rules += [" | ".join(attribute["choices"])] if attribute["choices"] else []
    parts = ("pattern", "minimum", "maximum", "default", "unit")
    rules += [f"{part} {plain(attribute[part])}" for part in parts if attribute[part] not in (None, "")]
    return ", ".join(rules)
