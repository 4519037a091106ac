"""The build backend (PEP 517): setuptools, with the assets of the pages built first."""

from __future__ import annotations

import sys
from typing import Any

from setuptools import build_meta as setuptools_backend
from setuptools.build_meta import (
    get_requires_for_build_editable as _for_editable,
)
from setuptools.build_meta import (
    get_requires_for_build_sdist as _for_sdist,
)
from setuptools.build_meta import (
    get_requires_for_build_wheel as _for_wheel,
)
from setuptools.build_meta import (
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

from frontend import building

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]

# Node is asked for only where something has to be built: an sdist brings the assets, so installing it needs none.
REQUIRED = f"{building.NODE}>=24,<25"


def _required() -> list[str]:
    return [] if building.skipped() or building.is_current() else [REQUIRED]


def get_requires_for_build_wheel(config_settings: Any = None) -> list[str]:
    """Return what building a wheel needs."""
    return [*_for_wheel(config_settings), *_required()]


def get_requires_for_build_sdist(config_settings: Any = None) -> list[str]:
    """Return what building an sdist needs."""
    return [*_for_sdist(config_settings), *_required()]


def get_requires_for_build_editable(config_settings: Any = None) -> list[str]:
    """Return what an editable installation needs."""
    return [*_for_editable(config_settings), *_required()]


def build_wheel(wheel_directory: str, config_settings: Any = None, metadata_directory: str | None = None) -> str:
    """Build a wheel with the assets in it."""
    _whole()
    return str(setuptools_backend.build_wheel(wheel_directory, config_settings, metadata_directory))


def build_sdist(sdist_directory: str, config_settings: Any = None) -> str:
    """Build an sdist with the assets in it."""
    _whole()
    return str(setuptools_backend.build_sdist(sdist_directory, config_settings))


def build_editable(wheel_directory: str, config_settings: Any = None, metadata_directory: str | None = None) -> str:
    """Build an editable wheel; the assets stand in the tree, and where no registry answers it goes on without."""
    warning = building.step()
    if warning:
        print(warning, file=sys.stderr)
    return str(setuptools_backend.build_editable(wheel_directory, config_settings, metadata_directory))


def _whole() -> None:
    """Build the assets, or fail: what is handed to others never lacks them unnoticed."""
    if building.skipped() or building.is_current():
        return
    try:
        building.build()
    except building.NotBuilt as fault:
        raise SystemExit(
            f"The assets of the pages were not built: {fault}\nFORESHOCK_ASSETS=skip builds without them; the pages "
            "work, with tables in place of graphs and charts."
        ) from None
