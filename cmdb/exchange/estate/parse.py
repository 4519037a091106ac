"""One JSON value out of a text, keeping in sight what Python's parser passes over: repeated keys, NaN, surrogates."""

from __future__ import annotations

import json
from typing import Any

from cmdb.exchange.estate.faults import FORMAT, Faults, NotJson, Place, Twice, shown
from cmdb.exchange.estate.limits import MAX_DEPTH
from cmdb.exchange.estate.packing import Broken

WHITE = " \t\r\n"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    held = dict(pairs)
    return held if len(held) == len(pairs) else Twice(pairs)


_scan = json.JSONDecoder(object_pairs_hook=_object, parse_constant=NotJson).scan_once  # type: ignore[attr-defined]


def value_at(text: str, start: int) -> tuple[Any, int]:
    """
    Return the JSON value that begins at ``start``, and where it ends.

    Raises:
        json.JSONDecodeError: no JSON stands there.
        Broken: it is nested too deeply, or holds half a surrogate pair or a number of more than 4,300 digits.
    """
    try:
        value, end = _scan(text, start)
    except StopIteration as stopped:
        raise json.JSONDecodeError("a JSON value is expected", text, stopped.value) from None
    except json.JSONDecodeError:
        raise
    except RecursionError:
        raise Broken("estate.too_deep", limit=MAX_DEPTH) from None
    except ValueError:
        # Python refuses to turn thousands of digits into a number, for the time it would take.
        raise Broken("estate.number_large", key="a number", limit="4,300 digits") from None
    return value, end


def half_surrogate(value: Any) -> str | None:
    """Return the escape of a lone surrogate within a value, or None. Only a text with ``\\ud`` in it needs this."""
    try:
        json.dumps(value, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError as error:
        return f"\\u{ord(error.object[error.start]):04x}"
    except RecursionError:
        raise Broken("estate.too_deep", limit=MAX_DEPTH) from None
    return None


def mended(value: Any) -> Any:
    """Return a value with "?" for each half surrogate pair: enough to find what else is wrong, never to be kept."""
    return json.loads(json.dumps(value, ensure_ascii=False, default=str).encode(errors="replace"))


def judge_format(found: Any, place: Place, faults: Faults, *path: str) -> None:
    """Report a format other than ours; a higher number of the same name is a newer version's."""
    if found == FORMAT:
        return
    name, _, number = found.partition("/") if isinstance(found, str) else ("", "", "")
    newer = name == "estate" and number.isascii() and number.isdigit() and int(number[:9]) > 1
    faults.add("estate.format_newer" if newer else "estate.format_wrong", place, *path, found=shown(found))
