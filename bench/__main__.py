"""Every benchmark, one after the other: ``python -m bench``; one alone: ``python -m bench.impact`` and so on."""

from __future__ import annotations

import subprocess
import sys

BENCHMARKS = ("cold_start", "impact", "conflicts", "store", "intake", "history", "live", "aralia", "debian")

for name in BENCHMARKS:
    print(f"\n== {name}", flush=True)
    subprocess.run([sys.executable, "-m", f"bench.{name}"], check=True)
