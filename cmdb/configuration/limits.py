"""How large an input may be; every limit is named in the error of what exceeds it."""

from __future__ import annotations

TEXT_BYTES = 65_536  # of a text, and of a JSON value written compactly, in UTF-8
LIST_ENTRIES = 10_000
JSON_DEPTH = 32
INTEGER = 2**53 - 1  # what canonical JSON (RFC 8785) can carry
PATTERNED_CHARACTERS = 200  # of a text that has to match a pattern
PATTERN_CHARACTERS = 200
PATTERN_WAYS = 10**8  # in which a pattern may divide a text, multiplied out; really tried are far fewer
NAME_CHARACTERS = 64
LABEL_CHARACTERS = 200
DESCRIPTION_CHARACTERS = 4_000
CHOICES = 1_000
OWN_ATTRIBUTES = 500
