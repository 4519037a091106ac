"""
The steps that bring a store from one schema to the next; ``STEPS[n]`` leads from schema n to n + 1.

A step is a function that gets the connection inside a transaction of its own, which also moves the store's schema
number: a step that was interrupted has not happened, and the next start goes on with it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from cmdb.stores.sqlite.migrations import step_1, step_2, step_3

Step = Callable[[sqlite3.Connection], None]

STEPS: tuple[Step, ...] = (step_1.up, step_2.up, step_3.up)
