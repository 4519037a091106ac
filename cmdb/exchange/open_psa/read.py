"""Reads a fault tree from Open-PSA MEF and gives the records of the estate that fails exactly as it does."""

from __future__ import annotations

from typing import BinaryIO

from cmdb.exchange.estate.faults import Faults, shown
from cmdb.exchange.estate.shape import is_name
from cmdb.exchange.open_psa.definitions import definitions
from cmdb.exchange.open_psa.elements import Stopped
from cmdb.exchange.open_psa.faults import tell
from cmdb.exchange.open_psa.model import Model
from cmdb.exchange.open_psa.records import FaultTree, tree_of


def read(stream: BinaryIO, faults: Faults, *, top: str | None = None, prefix: str = "") -> FaultTree | None:
    """
    Return the tree below the gate ``top`` (left out: the only gate that no other uses); None when ``faults`` says why.

    Ids are the names of the file, with the full path where they are private, after ``prefix``. The top gate becomes a
    service, other gates CIs of class ``logical_gate``, all with unavailability 0, and basic events CIs of class
    ``basic_event`` with theirs. A gate true when k of its n arguments are is a group that needs n - k + 1 of them; an
    "or" depends on each of its arguments alone.

    Cost: the definitions of the file in memory; O(n) steps for n elements. Raises nothing for what is in the file.
    """
    if not is_name(f"{prefix}x"):
        tell(faults, "open_psa.prefix", "/prefix", found=shown(prefix))
    model = Model(faults)
    try:
        for one in definitions(stream, faults):
            model.take(one)
    except Stopped:
        # What the rest defines is not known, so nothing can be said about names and tops.
        return None
    chosen = model.judge(top)
    if faults.count or chosen is None:
        return None
    tree = tree_of(model, chosen, prefix, faults)
    return None if faults.count else tree
