"""The notes that a connector makes, found by reading its code, and whether each has a sentence with facts it has."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Formatter

from discovery.ports import Sentence

MAKERS = {"Said", "note", "say"}
"""What makes a note: the code is the first argument, the facts are named ones or one mapping."""
_CODE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")


def faults_of_notes(folder: Path, notes: Mapping[str, Sentence]) -> Iterator[str]:
    """Yield, in words, each note without a sentence, sentence without a note, and sentence with a fact nobody gives."""
    words = {code.partition(".")[0] for code in notes}
    codes: set[str] = set()
    begun: set[str] = set()
    for path in sorted(folder.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        tables = _tables(tree)
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call) and _called(node) in MAKERS):
            code, facts = _code(call), _facts(call)
            if code is None:
                continue
            codes.add(code)
            if code not in notes:
                yield f"{path.name}:{call.lineno}: {code} has no sentence"
            elif facts is not None and (lacking := _named(notes[code]) - facts - {"target"}):
                yield f"{path.name}:{call.lineno}: the sentence of {code} names {', '.join(sorted(lacking))}"
        for node in ast.walk(tree):
            if id(node) in tables:
                continue
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and _CODE.fullmatch(node.value):
                if node.value.partition(".")[0] in words:
                    codes.add(node.value)
            elif isinstance(node, ast.JoinedStr) and node.values and isinstance(node.values[0], ast.Constant):
                begun.add(str(node.values[0].value))
    for code in sorted(notes):
        if code not in codes and not any(text and "." in text and code.startswith(text) for text in begun):
            yield f"{code} has a sentence, and nothing notes it"
        if _named(notes[code]) != _named(Sentence(notes[code].zh or notes[code].en)):
            yield f"the sentences of {code} name different facts"


def _tables(tree: ast.Module) -> set[int]:
    """Return the nodes within the table of sentences itself."""
    found = [
        node
        for node in ast.walk(tree)
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(node.value, ast.Dict)
        if any("Sentence" in ast.dump(value) for value in node.value.values)
    ]
    return {id(inner) for table in found for inner in ast.walk(table)}


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _code(call: ast.Call) -> str | None:
    first = call.args[0] if call.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


def _facts(call: ast.Call) -> set[str] | None:
    """Return the names of the facts, None where they are put together elsewhere."""
    names = {word.arg for word in call.keywords if word.arg is not None}
    given = [word.value for word in call.keywords if word.arg is None] + call.args[1:2]
    for each in given:
        if not isinstance(each, ast.Dict) or not all(isinstance(key, ast.Constant) for key in each.keys):
            return None
        names |= {str(key.value) for key in each.keys if isinstance(key, ast.Constant)}
    return names


def _named(sentence: Sentence) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence.en) if name is not None}
