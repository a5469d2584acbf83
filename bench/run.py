"""Whole runs of `dafeng run jiujiang` in fresh processes: time, processor time and peak memory.

Usage: python bench/run.py [samples ...]   (default 1024 8192)
"""

import json
import resource
import subprocess
import sys
import tempfile
import time


def measure(samples: int) -> dict[str, float]:
    """One run with `samples`. Seconds and MiB; the peak of memory is that of the largest child so far."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "dafeng", "run", "jiujiang", "--samples", str(samples), "--out", f"{folder}/out"],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "samples": samples,
        "seconds": round(time.perf_counter() - start, 2),
        "cpu_seconds": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 2),
        "peak_mib": round(after.ru_maxrss / 1024, 1),
    }


if __name__ == "__main__":
    for wanted in [int(argument) for argument in sys.argv[1:]] or [1024, 8192]:
        print(json.dumps(measure(wanted)))
