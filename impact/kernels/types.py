"""The argument types of kernels, by the names their annotations use.

What a kernel reads is frozen as the graph's arrays are; what it works in is its own.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int32]
Longs: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Bytes: TypeAlias = NDArray[np.uint8]

WorkInts: TypeAlias = NDArray[np.int32]
WorkLongs: TypeAlias = NDArray[np.int64]
WorkFloats: TypeAlias = NDArray[np.float64]
WorkBytes: TypeAlias = NDArray[np.uint8]
Words: TypeAlias = NDArray[np.uint64]
WorkWords: TypeAlias = NDArray[np.uint64]
Planes: TypeAlias = NDArray[np.uint64]
"""A row of words for each CI, to work in."""

READ = {"Ints": "int32", "Longs": "int64", "Floats": "float64", "Bytes": "uint8", "Words": "uint64"}
WORKED = {
    "WorkInts": "int32",
    "WorkLongs": "int64",
    "WorkFloats": "float64",
    "WorkBytes": "uint8",
    "WorkWords": "uint64",
}
TABLES = {"Planes": "uint64"}
SCALARS = {"int": "int64", "float": "float64", "np.uint64": "uint64"}
