"""
What a cell means as the value of an attribute: people write days, numbers and lists in more than one way.

Only what can be meant in one way is taken. Whether the value is right (an address, a choice) the catalogue judges.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

from cmdb.exchange.estate.faults import shown
from cmdb.model.ci_class import Attribute, AttributeType

SENTENCES = {
    "table.not_integer": "{value} is no whole number; write digits alone, such as 16",
    "table.not_decimal": "{value} is no number; write digits with a point, such as 1.5",
    "table.not_boolean": "{value} is neither yes nor no; true or false would be right",
    "table.not_date": "{value} is no day; write it as 2026-03-02",
    "table.date_unclear": "{value} may be two days; write it as 2026-03-02",
    "table.date_number": "{value} is a number; if it is Excel's for {day}, write that day as {day}",
    "table.time_zone": "{value} is a time without its offset; write it as text such as 2026-03-02T22:00:00+01:00",
    "table.not_single": "{value} is a list or an object; one value would be right",
}
SEPARATORS = ";,|\n、，；"
_WHOLE = re.compile(r"[-+]?[0-9]{1,18}", re.ASCII)
_NUMBER = re.compile(r"[-+]?[0-9]{1,18}(\.[0-9]{1,18})?", re.ASCII)
_DAY = re.compile(
    r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|\.(\d{1,2})\.(\d{1,2})|年(\d{1,2})月(\d{1,2})[日号]?)"
)
_COMPACT = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})", re.ASCII)
_MIDNIGHT = re.compile(r"[ T]00:00(:00)?")
_UNCLEAR = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.](\d{2}|\d{4})", re.ASCII)
_YES = frozenset({"true", "yes", "y", "1", "on", "是", "有", "✓", "√", "启用"})
_NO = frozenset({"false", "no", "n", "0", "off", "否", "无", "✗", "×", "停用"})
_EXCEL = date(1899, 12, 30)
_EXCEL_DAYS = range(10_000, 80_000)  # 1927 to 2119: what of Excel's numbers of days may be meant as a day
# Their values hold no spaces, so a space may stand between two of them.
_SPACED = frozenset({AttributeType.IP, AttributeType.MAC, AttributeType.CIDR, AttributeType.FQDN, AttributeType.URL})


class Unfit(Exception):
    """A cell can not be a value of its attribute: a ``code`` of :data:`SENTENCES`, and its facts."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


def value_of(attribute: Attribute, cell: Any, *, separators: str = SEPARATORS, epoch: date | None = None) -> Any:
    """
    Return what a cell that is not empty means as a value of this attribute.

    ``separators`` are what may stand between the entries of a list; ``epoch`` is the day that numbers of days count
    from, None where a number is no day.

    Raises:
        Unfit: nothing, or more than one thing, may be meant.
    """
    if attribute.type is AttributeType.JSON:
        return cell
    if not attribute.is_list:
        return _single(attribute.type, attribute, cell, epoch)
    if attribute.entry_type is AttributeType.JSON:
        return cell if isinstance(cell, list) else [cell]
    spaced = separators + " " if attribute.entry_type in _SPACED else separators
    entries = cell if isinstance(cell, list) else texts_of(cell, spaced) if isinstance(cell, str) else (cell,)
    return [_single(attribute.entry_type, attribute, entry, epoch) for entry in entries]


def texts_of(cell: Any, separators: str = SEPARATORS) -> tuple[str, ...]:
    """
    Return the texts a cell lists, each once, in their order; none of an empty one.

    Raises:
        Unfit: something that is no single value stands in it.
    """
    if cell is None:
        return ()
    entries: Any = re.split(f"[{re.escape(separators)}]", cell) if isinstance(cell, str) else cell
    entries = entries if isinstance(entries, (list, tuple)) else (entries,)
    texts = [text_of(entry).strip() for entry in entries if entry is not None]
    return tuple(dict.fromkeys(text for text in texts if text))


def text_of(cell: Any) -> str:
    """
    Return a cell as text; a day that came with a time of midnight is a day.

    Raises:
        Unfit: it is a list or an object.
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime):
        return cell.date().isoformat() if _is_midnight(cell) else cell.isoformat(sep=" ")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, (int, float)):
        return repr(cell)
    raise Unfit("table.not_single", value=shown(cell))


def _single(kind: AttributeType, attribute: Attribute, cell: Any, epoch: date | None) -> Any:
    if isinstance(cell, (list, dict)):
        raise Unfit("table.not_single", value=shown(cell))
    match kind:
        case AttributeType.INTEGER:
            return _integer(cell)
        case AttributeType.DECIMAL:
            return _decimal(cell)
        case AttributeType.BOOLEAN:
            return _boolean(cell)
        case AttributeType.DATE:
            return _day(cell, epoch)
        case AttributeType.TIME:
            if isinstance(cell, (datetime, date)):
                raise Unfit("table.time_zone", value=shown(text_of(cell)))
            return text_of(cell)
        case AttributeType.ENUM:
            text = text_of(cell)
            return next((choice for choice in attribute.choices if choice.casefold() == text.casefold()), text)
        case _:
            return text_of(cell)


def _integer(cell: Any) -> int:
    if isinstance(cell, str) and _WHOLE.fullmatch(cell):
        return int(cell)
    if (isinstance(cell, float) and cell.is_integer()) or type(cell) is int:
        return int(cell)
    raise Unfit("table.not_integer", value=shown(cell))


def _decimal(cell: Any) -> float:
    if isinstance(cell, str) and _NUMBER.fullmatch(cell):
        return float(cell) if "." in cell else int(cell)
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return cell
    raise Unfit("table.not_decimal", value=shown(cell))


def _boolean(cell: Any) -> bool:
    if isinstance(cell, bool):
        return cell
    text = str(cell).casefold()
    if text in _YES or text in _NO:
        return text in _YES
    raise Unfit("table.not_boolean", value=shown(cell))


def _day(cell: Any, epoch: date | None) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, bool):
        raise Unfit("table.not_date", value=shown(cell))
    text = _MIDNIGHT.sub("", str(cell))
    found = _COMPACT.fullmatch(text) or _DAY.fullmatch(text)
    if found:
        year, month, day = (int(part) for part in found.groups() if part and part[0].isdigit())
        try:
            return date(year, month, day).isoformat()
        except ValueError:
            raise Unfit("table.not_date", value=shown(cell)) from None
    if _UNCLEAR.fullmatch(text):
        raise Unfit("table.date_unclear", value=shown(cell))
    return _numbered_day(cell, text, epoch)


def _numbered_day(cell: Any, text: str, epoch: date | None) -> str:
    """Return the day of a number; where nobody says from when they count, only what it would be in Excel is told."""
    if not _WHOLE.fullmatch(text) or int(text) not in _EXCEL_DAYS:
        raise Unfit("table.not_date", value=shown(cell))
    day = ((epoch or _EXCEL) + timedelta(days=int(text))).isoformat()
    if epoch is None or isinstance(cell, str):
        raise Unfit("table.date_number", value=shown(cell), day=day)
    return day


def _is_midnight(moment: datetime) -> bool:
    return (moment.hour, moment.minute, moment.second, moment.microsecond) == (0, 0, 0, 0)
