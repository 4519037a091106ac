"""
The steps that bring a store from one schema to the next; ``STEPS[n]`` leads from schema n to n + 1.

A step is a function that gets the database. It may be interrupted anywhere and is then taken again from its start, so
everything it does may be done twice; the store's schema number moves after it.
"""

from __future__ import annotations

from collections.abc import Callable

from cmdb.stores.neo4j.connection import Database
from cmdb.stores.neo4j.migrations import step_1

Step = Callable[[Database], None]

STEPS: tuple[Step, ...] = (step_1.up,)
