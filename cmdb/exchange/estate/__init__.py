"""The estate document ``estate/1``: reader and writer of the format in which an estate travels."""

from cmdb.exchange.estate.faults import FORMAT, SENTENCES, Faults, Place, problem
from cmdb.exchange.estate.read import read
from cmdb.exchange.estate.shape import is_name, shape
from cmdb.exchange.estate.write import write

__all__ = ["FORMAT", "SENTENCES", "Faults", "Place", "is_name", "problem", "read", "shape", "write"]
