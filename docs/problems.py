"""
Every problem that an input can have, read from the code: its code and the sentences that tell it.

A room with many of them keeps a table ``SENTENCES``; elsewhere code and sentence stand in the call that makes the
problem. Both are found by reading the syntax, so that no problem can be made that the reference does not list.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

MAKERS = {"Problem", "problem", "catalogue_problem", "_problem", "Unreadable", "dump_fault"}
"""What makes a problem: the code is the first argument, its sentence the second, unless a table has it."""


def problems(root: Path) -> dict[str, list[str]]:
    """
    Return the sentences of every problem by its code, both sorted.

    Raises:
        ValueError: a problem is made with a code that is not written where it is made, by none of :data:`MAKERS`.
    """
    found: dict[str, set[str]] = {}
    for path in sorted(p for package in ("cmdb", "discovery", "impact", "web") for p in (root / package).rglob("*.py")):
        for code, sentences in _of_module(path):
            found.setdefault(code, set()).update(sentences)
    return {code: sorted(found[code]) for code in sorted(found)}


def _of_module(path: Path) -> Iterator[tuple[str, set[str]]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    inside = {id(node): function for function in functions for node in ast.walk(function)}
    makers = [node for node in ast.walk(tree) if getattr(node, "name", "") in MAKERS]
    making = {id(node) for maker in makers for node in ast.walk(maker)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "SENTENCES":
            yield from ((code, {text}) for code, text in ast.literal_eval(node.value).items())
        elif isinstance(node, ast.Call) and _called(node) in MAKERS and node.args:
            written = list(_written(node, inside.get(id(node))))
            if not written and _called(node) == "Problem" and id(node) not in making:
                raise ValueError(f"{path}:{node.lineno}: which code has this problem?")
            # A maker with a table of sentences is given a place next, which is no sentence.
            yield from ((code, {text for text in (sentence,) if " " in text}) for code, sentence in written)


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _written(call: ast.Call, function: ast.FunctionDef | None) -> Iterator[tuple[str, str]]:
    """Yield the codes that a call may have, each with its sentence, empty where that is put together elsewhere."""
    code, sentence = (*call.args[:2], None)[:2]
    if isinstance(code, ast.Constant):
        yield code.value, _text(sentence) or _given(sentence, function, call.lineno)
    elif isinstance(code, ast.Name) and function is not None:
        for pairs in _assigned(function, call.lineno):
            if code.id in pairs:
                found = _text(sentence) or pairs.get(getattr(sentence, "id", "")) or ""
                yield pairs[code.id], found or _given(sentence, function, call.lineno)


def _given(value: ast.expr | None, function: ast.FunctionDef | None, line: int) -> str:
    """Return the text that was last given to a name before a line."""
    given = [
        pairs[value.id] for pairs in _assigned(function, line) if isinstance(value, ast.Name) and value.id in pairs
    ]
    return given[-1] if given else ""


def _assigned(function: ast.FunctionDef | None, line: int) -> list[dict[str, str]]:
    """Return, for each assignment in the function before a line, the texts it gives to names."""
    found = []
    for node in ast.walk(function) if function is not None else ():
        if isinstance(node, ast.Assign) and node.lineno < line:
            target, value = node.targets[0], node.value
            many = isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)
            pairs = zip(target.elts, value.elts, strict=True) if many else [(target, value)]
            texts = {name.id: _text(text) for name, text in pairs if isinstance(name, ast.Name) and _text(text)}
            found.append((node.lineno, texts))
    return [texts for _, texts in sorted(found, key=lambda each: each[0])]


def _text(value: ast.expr | None) -> str:
    """Return a text that is written out; in its place only, not by name."""
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""
