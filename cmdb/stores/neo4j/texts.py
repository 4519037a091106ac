"""
Texts as an index of Neo4j can hold and order them.

A range index takes about eight kilobytes, and Cypher compares texts by UTF-16 unit while an index orders them by code
point. The forms made here are short, tell any two texts apart, and come in the order of code points either way.
"""

from __future__ import annotations

import re
import struct
from typing import Any

from cmdb.chain import canonical, sha256
from cmdb.stores import batch

LENGTH = 400  # Characters kept of a text; with two characters for each and a hash it stays below three kilobytes.
NUMBER, TEXT, OTHER, NOTHING = "0", "1", "2", "3"
_HIGH = re.compile("[\ue000-\U0010ffff]")
_ESCAPED = re.compile("[\ue000\ue001](.)", re.DOTALL)


def _escape(match: re.Match[str]) -> str:
    return ("\ue000" if match[0] < "\U00010000" else "\ue001") + match[0]


def ordered(text: str) -> str:
    """Return a text whose order by UTF-16 unit and by code point is that of ``text`` by code point."""
    return text if text.isascii() else _HIGH.sub(_escape, text)


def plain(text: str) -> str:
    """Return the text that :func:`ordered` was given."""
    return text if text.isascii() else _ESCAPED.sub(r"\1", text)


def is_long(text: str) -> bool:
    """Tell whether an index holds only the beginning of the text and its hash."""
    return len(text) > LENGTH


def bounded(text: str) -> str:
    """Return what stands for ``text`` in an index: no two texts have the same, and it sorts as far as LENGTH."""
    if len(text) <= LENGTH:
        return ordered(text)
    return ordered(text[:LENGTH]) + sha256(text.encode("utf-8")).hexdigest()


def lowest(text: str) -> str:
    """Return the least form that a text from ``text`` on can have."""
    return ordered(text[:LENGTH])


def highest(text: str) -> str:
    """Return the greatest form that a text up to ``text`` can have."""
    return ordered(text) if len(text) <= LENGTH else ordered(text[:LENGTH]) + "g"


def full(form: str, kept: str | None) -> str:
    """Return the text of a form; ``kept`` is the text itself where it is long."""
    return plain(form) if kept is None else kept


# fields --------------------------------------------------------------------------------------------------------------
def number_form(value: float) -> str:
    """Return a number such that texts sort as the numbers do; 1 and 1.0 are one, 0 and -0 too."""
    (bits,) = struct.unpack(">q", struct.pack(">d", float(value) + 0.0))
    return f"{NUMBER}{(bits & 0xFFFFFFFFFFFFFFFF) | 1 << 63 if bits >= 0 else ~bits & 0xFFFFFFFFFFFFFFFF:016x}"


def field_form(value: Any) -> str:
    """Return what an index holds for a field: numbers before texts before all else, nothing last; true is never 1."""
    if value is None:
        return NOTHING
    if isinstance(value, str):
        return TEXT + bounded(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return number_form(value)
    return OTHER + bounded(canonical(value).decode("utf-8"))


def field_value(form: str) -> Any:
    """
    Return the value of a form.

    Raises:
        LookupError: it is a long text, and only the document has it.
    """
    sign = form[0]
    if sign == NOTHING:
        return None
    if sign == NUMBER:
        return _number(int(form[1:], 16))
    if len(form) > LENGTH and len(text := plain(form[1:])) > LENGTH:
        raise LookupError(text)
    return plain(form[1:]) if sign == TEXT else batch.parse(plain(form[1:]))


def _number(bits: int) -> int | float:
    bits = bits ^ 1 << 63 if bits >> 63 else ~bits & 0xFFFFFFFFFFFFFFFF
    (value,) = struct.unpack(">d", struct.pack(">Q", bits))
    return int(value) if value.is_integer() and abs(value) < 2**53 else float(value)


# names ---------------------------------------------------------------------------------------------------------------
def quoted(name: str) -> str:
    """Return a name of Cypher, back-quoted."""
    return "`" + name.replace("`", "``") + "`"


def safe(name: str) -> str:
    """Return a name of letters, digits and underscores for any text; different texts have different ones."""
    if re.fullmatch(r"[a-z][a-z0-9_]{0,60}", name) and not name.endswith(("_open", "_closed")):
        return name
    mark = sha256(name.encode("utf-8")).hexdigest()[:12]
    return re.sub(r"[^A-Za-z0-9_]", "_", name)[:60] + "_" + mark
