"""
A dump as a file: gzip, JSON Lines, one row a line, the same bytes for the same rows.

The first line names the format (``dump/1``), the last is the dump's end with the SHA-256 of all that stands before it.
A line is ``[word, field, ...]`` with the fields of a row of :mod:`cmdb.ports.dump` in their order; a blob is base64.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any, get_type_hints

from cmdb.chain import sha256
from cmdb.errors import InvalidInput
from cmdb.ports import dump
from cmdb.ports.dump import BlobRow, DumpRow, End, Start
from cmdb.stores.dumping import dump_fault

FORMAT = "dump/1"
_LEVEL = 4
_ROWS: dict[str, type[Any]] = {
    "kind": dump.KindRow,
    "revision": dump.RevisionRow,
    "version": dump.VersionRow,
    "idle": dump.IdleRow,
    "blob": dump.BlobRow,
    "lease": dump.LeaseRow,
    "claimed_run": dump.ClaimedRunRow,
    "queued_run": dump.QueuedRunRow,
    "counter": dump.CounterRow,
    "series": dump.SeriesRow,
    "end": dump.End,
}
_WORDS = {row: word for word, row in _ROWS.items()}


def write_dump(rows: Iterable[DumpRow], file: IO[bytes]) -> int:
    """Write a dump's rows to an open binary file and return the revision it ends at."""
    sums, revision = sha256(), 0
    # Neither name nor time goes into the file, so that the same dump gives the same bytes.
    with gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=_LEVEL, mtime=0) as packed:
        for row in rows:
            if isinstance(row, End):
                revision, fields = row.revision, [_WORDS[End], *row]
                sums.update(_line(fields))
                line = _line([*fields, sums.hexdigest()])
            else:
                line = _line(_first(row) if isinstance(row, Start) else [_WORDS[type(row)], *_plain(row)])
            sums.update(line)
            packed.write(line)
    return revision


def _line(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8") + b"\n"


def _first(row: Start) -> dict[str, Any]:
    return {"format": FORMAT, **row._asdict()}


def _plain(row: DumpRow) -> Iterable[Any]:
    if isinstance(row, BlobRow):
        import base64

        return (base64.b64encode(row.content).decode("ascii"),)
    return row


# reading -------------------------------------------------------------------------------------------------------------
def read_dump(file: IO[bytes]) -> Iterator[DumpRow]:
    """
    Yield the rows of a dump from an open binary file, a line at a time.

    Raises:
        InvalidInput: it is no dump, of a newer format, damaged, altered or cut off; the line is named.
    """
    sums, number, ended = sha256(), 0, False
    for number, line in enumerate(_lines(file), start=1):
        if ended:
            raise dump_fault("dump.after_end", number)
        row: DumpRow
        value = _value(number, line)
        if number == 1:
            row = _start(value)
        elif isinstance(value, list) and value and value[0] == _WORDS[End]:
            sums.update(_line(value[:-1]))
            if value[-1] != sums.hexdigest():
                raise dump_fault("dump.digest", number)
            row, ended = _row(number, value[:-1]), True
        else:
            row = _row(number, value)
        sums.update(line)
        yield row
    if not ended:
        raise dump_fault("dump.cut_off", number + 1)


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    number = 0
    with gzip.GzipFile(fileobj=file, mode="rb") as packed:
        while True:
            try:
                line = packed.readline()
            except EOFError:
                raise dump_fault("dump.cut_off", number + 1) from None
            except (gzip.BadGzipFile, zlib.error) as error:
                if number == 0:
                    raise _not_a_dump() from None
                raise dump_fault("dump.damaged", number + 1, cause=str(error)) from None
            if not line:
                return
            number += 1
            yield line


def _not_a_dump() -> InvalidInput:
    return dump_fault("dump.not_a_dump", 1)


def _value(number: int, line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        if number == 1:
            raise _not_a_dump() from None
        raise dump_fault("dump.not_json", number) from None


def _start(value: Any) -> Start:
    named = value.get("format") if isinstance(value, dict) else None
    if not isinstance(named, str) or not named.startswith("dump/"):
        raise _not_a_dump()
    if named != FORMAT:
        raise dump_fault("dump.newer", 1, found=named, known=FORMAT)
    fields = [value.get(name) for name in Start._fields]
    if any(type(field) is not int for field in fields):
        raise _not_a_dump()
    return Start(*fields)


def _row(number: int, value: Any) -> Any:
    made = _ROWS.get(value[0]) if isinstance(value, list) and value and isinstance(value[0], str) else None
    if made is None:
        raise dump_fault("dump.row", number)
    checks = _checks(made)
    fields = value[1:]
    if len(fields) != len(checks):
        raise dump_fault("dump.fields", number, word=value[0], wanted=len(checks), found=len(fields))
    try:
        return made(*[check(field) for check, field in zip(checks, fields, strict=True)])
    except (TypeError, ValueError):
        raise dump_fault("dump.types", number, word=value[0]) from None


_CHECKS: dict[type[Any], list[Callable[[Any], Any]]] = {}


def _checks(row: type[Any]) -> list[Callable[[Any], Any]]:
    """Return what reads each field of a row, made once from the row's annotations."""
    if row not in _CHECKS:
        _CHECKS[row] = [_READERS[str(hint)] for hint in get_type_hints(row).values()]
    return _CHECKS[row]


def _exactly(*types: type[Any]) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if type(value) not in types:
            raise TypeError
        return value

    return read


def _content(value: Any) -> bytes:
    import base64

    return base64.b64decode(_exactly(str)(value), validate=True)


def _seconds(value: Any) -> float:
    return float(_exactly(int, float)(value))


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(map(_exactly(str), _exactly(list)(value)))


def _pairs(value: Any) -> tuple[tuple[str, str], ...]:
    pairs = tuple(map(_texts, _exactly(list)(value)))
    return tuple((one, other) for one, other in pairs)


_READERS: dict[str, Callable[[Any], Any]] = {
    str(str): _exactly(str),
    str(int): _exactly(int),
    str(bool): _exactly(bool),
    str(float): _seconds,
    str(bytes): _content,
    "str | None": _exactly(str, type(None)),
    "int | None": _exactly(int, type(None)),
    "tuple[str, ...]": _texts,
    "tuple[tuple[str, str], ...]": _pairs,
}
