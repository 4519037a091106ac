"""
Which encoding a text file is in, found soundly or not at all.

A byte-order mark says it. Without one, bytes that are UTF-8 throughout are UTF-8: other text hardly ever is by chance.
What is left is taken for GB18030 (which holds GBK and GB2312) only where it decodes throughout **and** nine in ten of
its characters beyond ASCII are the everyday ones of GB2312, or three in four where GB2312 has them all, as in a short
table with a rare name: Western text in Latin-1 often decodes as GB18030 too, but to rare characters, most of which
GB2312 has not. Everything else is refused, and the file has to be saved anew or its encoding named.
"""

from __future__ import annotations

from cmdb.exchange.tables.findings import Findings

BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
KNOWN = ("utf-8", "utf-16", "gb18030", "gbk", "big5", "shift_jis", "euc-kr", "cp1252", "iso-8859-1")
_UTF32 = (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")
_EVERYDAY = 0.9
_EVERYDAY_WHERE_ALL_ARE_KNOWN = 0.75
_SAMPLE = 1024 * 1024


def decoded(raw: bytes, findings: Findings, *, named: str | None = None) -> tuple[str, str]:
    """
    Return the text without its byte-order mark, and the name of its encoding.

    Raises:
        TableSpoilt: it can not be read as text, or not as the encoding that was ``named``.
    """
    if named is not None and named.lower() not in KNOWN:
        raise findings.spoil("table.encoding_unknown", name=named[:40], known=", ".join(KNOWN))
    if raw.startswith(_UTF32):
        raise findings.spoil("table.binary")
    for mark, encoding in BOMS:
        if raw.startswith(mark):
            return _text(raw[len(mark) :], encoding, findings), encoding
    if named is not None:
        return _text(raw, named.lower(), findings), named.lower()
    if b"\x00" in raw[:_SAMPLE]:
        half = raw[:_SAMPLE].count(b"\x00") * 3 >= len(raw[:_SAMPLE])
        raise findings.spoil("table.utf16_unmarked" if half else "table.binary")
    try:
        return raw.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        if _is_gb18030(raw):
            return raw.decode("gb18030"), "gb18030"
        raise findings.spoil("table.encoding_unclear", byte=error.start + 1, value=raw[error.start]) from None


def _text(raw: bytes, encoding: str, findings: Findings) -> str:
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        value = raw[min(error.start, len(raw) - 1)]
        raise findings.spoil(
            "table.not_encoded", byte=error.start + 1, value=value, encoding=encoding.upper()
        ) from None
    if "\x00" in text:
        raise findings.spoil("table.binary")
    return text


def _is_gb18030(raw: bytes) -> bool:
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError:
        return False
    rows = [_row(character) for character in text[:_SAMPLE] if character > "\x7f"]
    # Its signs and its first level of characters hold 99 % of all text.
    everyday = sum(row is not None and 0xA1 <= row <= 0xD7 for row in rows)
    needed = _EVERYDAY if None in rows else _EVERYDAY_WHERE_ALL_ARE_KNOWN
    return bool(rows) and everyday >= needed * len(rows)


def _row(character: str) -> int | None:
    """Return the row of GB2312 that has a character, None where none has it."""
    try:
        coded = character.encode("gb2312")
    except UnicodeEncodeError:
        return None
    return coded[0] if len(coded) == 2 else None
