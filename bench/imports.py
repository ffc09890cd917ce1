"""The time of `import habitue.insight`, compared with `import numpy`, which it needs."""

from __future__ import annotations

import statistics
import subprocess
import sys

TURNS = 5
CODE = "import time; start = time.perf_counter(); import {}; print(time.perf_counter() - start)"


def report() -> None:
    took: dict[str, list[float]] = {"numpy": [], "habitue.insight": []}
    for _ in range(TURNS):
        for module, times in took.items():
            ran = subprocess.run(
                [sys.executable, "-c", CODE.format(module)], capture_output=True, check=True, text=True
            )
            times.append(float(ran.stdout))
    print(f"\nSeconds to import, median of {TURNS}")
    for module, times in took.items():
        print(f"  {module:<16} {statistics.median(times):.3f}")
