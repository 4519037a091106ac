"""What facts that remember nothing have in common."""

from __future__ import annotations

from typing import ClassVar

from impact.failure.seen import Known, Seen


class Stateless:
    """A fact that stands in the change itself."""

    of_begun: ClassVar[tuple[str, ...]] = ()

    def begun(self, seen: Seen) -> None:
        """Nothing is remembered."""

    def learned(self, seen: Seen, known: Known) -> None:
        """Nothing is remembered."""
