"""Tables as people keep them: CSV, Excel, and lists of records in JSON or YAML, read to one value and written back."""

from cmdb.exchange.tables.findings import SENTENCES, Findings, TableSpoilt
from cmdb.exchange.tables.limits import MAX_BYTES, MAX_CELL, MAX_COLUMNS, MAX_ROWS
from cmdb.exchange.tables.read import FORMS, read
from cmdb.exchange.tables.table import Row, Table
from cmdb.exchange.tables.values import Unfit, texts_of, value_of
from cmdb.exchange.tables.write import WRITTEN, write

__all__ = [
    "FORMS",
    "MAX_BYTES",
    "MAX_CELL",
    "MAX_COLUMNS",
    "MAX_ROWS",
    "SENTENCES",
    "WRITTEN",
    "Findings",
    "Row",
    "Table",
    "TableSpoilt",
    "Unfit",
    "read",
    "texts_of",
    "value_of",
    "write",
]
