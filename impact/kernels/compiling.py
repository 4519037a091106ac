"""Compiling a kernel when it is first needed: plain functions in, machine code out, kept on disk where that is allowed.

A kernel is an ordinary function over arrays; its annotations (:mod:`impact.kernels.types`) say what it is compiled
for, so nothing is compiled twice for the kinds of arrays it happens to meet. Functions of its own module that it calls
are compiled with it. Nothing here runs, and numba is not imported, before a kernel is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any, TypeVar, cast

from impact.kernels.types import READ, SCALARS, TABLES, WORKED

Kernel = TypeVar("Kernel", bound=Callable[..., Any])

_COMPILED: dict[FunctionType, Any] = {}


def compiled(kernel: Kernel) -> Kernel:
    """
    Return ``kernel`` compiled, which holds no lock of the interpreter while it runs; the same each time.

    Cost: the first call of a process takes half a second for numba and some milliseconds to read a kept kernel, or
    seconds to compile one that is not kept. Two threads may both find it missing; both get what works.
    """
    function = cast(FunctionType, kernel)
    found = _COMPILED.get(function)
    if found is None:
        found = _COMPILED[function] = _made(function, _signature(function))
    return cast(Kernel, found)


def is_ready(kernel: Callable[..., Any]) -> bool:
    """Return whether ``kernel`` has been compiled in this process."""
    return kernel in _COMPILED


def _made(function: FunctionType, signature: tuple[Any, ...] | None) -> Any:
    import numba

    bound = _with_compiled_helpers(function)
    try:
        return numba.njit(signature, cache=True, nogil=True)(bound)
    except (RuntimeError, OSError):
        # Nowhere to keep it: no folder may be written, or the disk is full. It is compiled for this process alone.
        return numba.njit(signature, nogil=True)(bound)


def _with_compiled_helpers(function: FunctionType) -> FunctionType:
    """Return the same code, for which the functions of its module are the compiled ones."""
    names = function.__globals__
    helpers = {
        name: helper
        for name in function.__code__.co_names
        if isinstance(helper := names.get(name), FunctionType) and helper.__module__ == function.__module__
    }
    if not helpers:
        return function
    made = {name: _made(helper, None) for name, helper in helpers.items()}
    bound = FunctionType(function.__code__, {**names, **made}, function.__name__, function.__defaults__)
    bound.__module__, bound.__qualname__ = function.__module__, function.__qualname__
    return bound


def _signature(function: FunctionType) -> tuple[Any, ...]:
    """Return the numba types of the arguments."""
    from numba import types

    def array(dtype: str, axes: int = 1, *, readonly: bool = False) -> Any:
        return types.Array(getattr(types, dtype), axes, "C", readonly=readonly)

    known = {name: getattr(types, scalar) for name, scalar in SCALARS.items()}
    known.update((name, array(dtype, readonly=True)) for name, dtype in READ.items())
    known.update((name, array(dtype)) for name, dtype in WORKED.items())
    known.update((name, array(dtype, 2)) for name, dtype in TABLES.items())
    return tuple(known[kind] for name, kind in function.__annotations__.items() if name != "return")
