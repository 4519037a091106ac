"""Fault trees in the Open-PSA Model Exchange Format (MEF): a reader that gives the records of an estate."""

from cmdb.exchange.open_psa.faults import SENTENCES
from cmdb.exchange.open_psa.read import read
from cmdb.exchange.open_psa.records import FaultTree

__all__ = ["SENTENCES", "FaultTree", "read"]
