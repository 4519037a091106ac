"""Reads JSON that others wrote: without what only Python takes for JSON, and fit to be written again as UTF-8."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_SPACES = re.compile(r"[ \t\r\n]*")


class NotJson(ValueError):
    """The text is no JSON; the message says why and where, and repeats nothing of the text."""


def loads(text: str | bytes) -> Any:
    """
    Return the value of a JSON text, in which every character can be written as UTF-8.

    Raises:
        NotJson: it ends too early, is nested too deep, or is no JSON or no UTF-8.

    >>> loads(b'{"a": [1, 2.5, "\\\\ud800"]}')
    {'a': [1, 2.5, '?']}
    """
    try:
        decoded = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        return _sound(_DECODER.decode(decoded), decoded)
    except UnicodeDecodeError as wrong:
        raise NotJson(f"it is no UTF-8 from byte {wrong.start} on") from None
    except json.JSONDecodeError as wrong:
        raise NotJson(f"it is no JSON: {wrong.msg} at character {wrong.pos}") from None
    except RecursionError:
        raise NotJson("it is nested too deep") from None
    except ValueError as wrong:
        raise NotJson(str(wrong) if isinstance(wrong, NotJson) else "it holds a number of too many digits") from None


def entries(text: str) -> Iterator[Any]:
    """
    Yield the entries of a JSON text that is one list, each as soon as it is read.

    Raises:
        NotJson: as :func:`loads`, when the place is reached.

    >>> list(entries('[1, {"a": 2}]'))
    [1, {'a': 2}]
    """
    at = _after_spaces(text, 0)
    if text[at : at + 1] != "[":
        raise NotJson("it is no list")
    at = _after_spaces(text, at + 1)
    if text[at : at + 1] == "]":
        return
    while True:
        start = at
        try:
            value, at = _DECODER.raw_decode(text, at)
        except json.JSONDecodeError as wrong:
            raise NotJson(f"it is no JSON: {wrong.msg} at character {wrong.pos}") from None
        except RecursionError:
            raise NotJson("it is nested too deep") from None
        except ValueError as wrong:
            raise NotJson(str(wrong) if isinstance(wrong, NotJson) else "it holds a number too long") from None
        yield _cleaned(value) if _SURROGATE.search(text, start, at) else value
        at = _after_spaces(text, at)
        if text[at : at + 1] == "]":
            return
        if text[at : at + 1] != ",":
            raise NotJson(f"it ends too early, or a comma is missing, at character {at}")
        at = _after_spaces(text, at + 1)


def _after_spaces(text: str, at: int) -> int:
    found = _SPACES.match(text, at)
    return found.end() if found else at


def _refuse(constant: str) -> Any:
    raise NotJson(f"it holds {constant}, which is no JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse)


def _sound(value: Any, text: str) -> Any:
    return _cleaned(value) if _SURROGATE.search(text) else value


def _cleaned(value: Any) -> Any:
    """Put a question mark for each half of a character, which JSON may escape and UTF-8 can not hold."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list):
        return [_cleaned(each) for each in value]
    if isinstance(value, dict):
        return {_cleaned(key): _cleaned(each) for key, each in value.items()}
    return value
