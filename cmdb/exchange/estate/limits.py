"""
The limits of an estate file. Each is a fact of the error that names it, and each stands in the reference.

They are wide for real estates and there for one reason: no file, however made, may exhaust the machine that reads it.
"""

from __future__ import annotations

MIB = 1024 * 1024

MAX_LINE = 4 * MIB  # bytes of one line of JSON Lines
MAX_DOCUMENT = 256 * MIB  # bytes of a JSON document after unpacking; beyond it JSON Lines is the way
MAX_TEXT = MIB  # characters of one text within attributes
MAX_NAME = 1_000  # characters of an id, a name, a class, a type, a group or the key of an attribute
MAX_DEPTH = 64  # objects and lists within one another inside one attribute
MAX_INTEGER = 2**53 - 1  # beyond it, numbers are not the same in every programme (RFC 8785, I-JSON)

MAX_UNPACKED = 64 * 1024 * MIB  # bytes that a gzip may unpack to
MAX_RATIO = 300  # unpacked bytes for each packed one, judged from RATIO_FROM on; estates reach about 30
RATIO_FROM = 64 * MIB

MAX_SHOWN = 10_000  # faults kept with their text; all are counted
