"""The limits of a table; each is a fact of the fault that names it, so that no file can exhaust the machine."""

from __future__ import annotations

from cmdb.exchange.estate.limits import MIB

MAX_BYTES = 64 * MIB  # of a file as it is sent; all of it is held in memory
MAX_ROWS = 200_000  # without the header and empty ones
MAX_COLUMNS = 512
MAX_CELL = 32_767  # characters of a cell, which is also what Excel holds
MAX_LINE_NUMBER = 1_048_576  # of a sheet; Excel has no further row
MAX_PARTS = 10_000  # of a workbook, which is a zip of them
MAX_UNPACKED = 512 * MIB  # of all parts of a workbook together
MAX_STRINGS = 96 * MIB  # of the table of texts of a workbook, which has to be held in memory
MAX_RATIO = 200  # unpacked bytes for each packed one, judged from RATIO_FROM on; workbooks of people reach about 40
RATIO_FROM = 16 * MIB
MAX_MERGED = 50_000  # merged ranges of a sheet

MAX_KEPT = 100_000  # faults that are kept with their text; all are counted, and every bad row is known
