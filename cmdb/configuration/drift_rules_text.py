"""The text of the rules of drift: TOML in, :class:`~cmdb.model.drift.DriftRules` out, every fault named."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from cmdb.configuration.rules_toml import parsed, unknown_keys, wrong
from cmdb.errors import InvalidInput, Problem, below
from cmdb.model.drift import DriftRules, Toleration, Way

FORMAT = "foreshock-drift-rules/1"
KINDS = ("ci", "relation", "group")
_IGNORED = re.compile(r"(\*|[a-z][a-z0-9_]*)\.(/name|[A-Za-z_][\w.-]*)", re.ASCII)


def read_rules(content: bytes, *, what: str = "the rules of drift") -> DriftRules:
    """
    Return the rules that a text states.

    Raises:
        InvalidInput: all that is wrong with it, each by its JSON pointer.
    """
    reader = _Reader()
    rules = reader.read(parsed(content, what))
    if reader.problems:
        raise InvalidInput(reader.problems, what=what)
    return rules


def toleration_text(rule: Toleration) -> str:
    """Return a rule as it is written in a text of rules, to be put at its end."""
    lists = {"what": rule.ways, "kinds": rule.kinds, "classes": rule.classes, "fields": rule.fields}
    lines = ["", "[[tolerate]]", f"name = {_text(rule.name)}", f"because = {_text(rule.because)}"]
    lines += [f"{key} = [{', '.join(map(_text, values))}]" for key, values in lists.items() if values]
    lines += [f"until = {rule.until.isoformat()}"] if rule.until is not None else []
    return "\n".join(lines) + "\n"


def _text(value: str) -> str:
    # What JSON leaves as it is and TOML does not.
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


class _Reader:
    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def read(self, told: Mapping[str, Any]) -> DriftRules:
        if told.get("format") != FORMAT:
            self._wrong("/format", told.get("format"), f'"{FORMAT}"')
        self._known(told, "", ("format", "ignore", "tolerate"))
        ignored = self._texts(told, "", "ignore", '"class.attribute" or "*.attribute"', _IGNORED.fullmatch)
        rules = told.get("tolerate", [])
        if not isinstance(rules, list) or not all(isinstance(each, dict) for each in rules):
            self._wrong("/tolerate", rules, "a list of tables, [[tolerate]]")
            rules = []
        made = tuple(self._rule(each, f"/tolerate/{place}") for place, each in enumerate(rules))
        names = [each.name for each in made if each.name]
        for place, rule in enumerate(made):
            if rule.name and names.index(rule.name) < place:
                sentence = "{name} names two rules; each is counted under its own name"
                place_of = f"/tolerate/{place}/name"
                self.problems.append(Problem("drift.rules_twice", sentence, {"name": rule.name}, place_of))
        return DriftRules(ignored, made)

    def _rule(self, told: Mapping[str, Any], pointer: str) -> Toleration:
        self._known(told, pointer, ("name", "because", "what", "kinds", "classes", "fields", "until"))
        name = self._one(told, pointer, "name", "1 to 100 characters", 100)
        because = self._one(told, pointer, "because", "a reason", 2_000)
        ways = self._texts(told, pointer, "what", f"one of {', '.join(Way)}", lambda each: each in tuple(Way))
        kinds = self._texts(told, pointer, "kinds", f"one of {', '.join(KINDS)}", lambda each: each in KINDS)
        classes = self._texts(told, pointer, "classes", "names of classes", bool)
        fields = self._texts(told, pointer, "fields", "names of attributes", bool)
        until = told.get("until")
        if until is not None and (not isinstance(until, date) or isinstance(until, datetime)):
            self._wrong(below(pointer, "until"), until, "a day such as 2026-12-31")
            until = None
        if not (ways or kinds or classes or fields):
            self._wrong(pointer, dict(told), "at least one of what, kinds, classes, fields")
        return Toleration(name, because, tuple(map(Way, ways)), kinds, classes, fields, until)

    # what is wrong ---------------------------------------------------------------------------------------------------
    def _one(self, told: Mapping[str, Any], pointer: str, key: str, right: str, most: int) -> str:
        value = told.get(key)
        if isinstance(value, str) and value.strip() and len(value) <= most and value.isprintable():
            return value.strip()
        self._wrong(below(pointer, key), value, right)
        return ""

    def _texts(self, told: Mapping[str, Any], pointer: str, key: str, right: str, check: Any) -> tuple[str, ...]:
        value = told.get(key, [])
        if not isinstance(value, list):
            self._wrong(below(pointer, key), value, f"a list of {right}")
            return ()
        good = []
        for place, each in enumerate(value):
            if isinstance(each, str) and check(each):
                good.append(each)
            else:
                self._wrong(below(pointer, key, place), each, right)
        return tuple(dict.fromkeys(good))

    def _known(self, told: Mapping[str, Any], pointer: str, keys: tuple[str, ...]) -> None:
        self.problems += unknown_keys(told, pointer, keys)

    def _wrong(self, pointer: str, value: Any, right: str) -> None:
        self.problems.append(wrong(pointer, value, right))
