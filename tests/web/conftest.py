"""What the tests of all doors share: a source of discovery on paper."""

from __future__ import annotations

from tests.discovery.conftest import with_paper

__all__ = ["with_paper"]
