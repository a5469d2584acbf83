"""Whole runs of `dafeng run jiujiang` in fresh processes, beside the import of what they need; peak memory in the note."""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from bench import Figure

IMPORTS = "import dafeng.inventory, dafeng.pathway, dafeng.report"


def figures() -> Iterator[Figure]:
    floor, _ = _process("-c", IMPORTS)
    for samples, bar in ((1024, ""), (8192, "< 15 s and < 1 GiB")):
        with tempfile.TemporaryDirectory() as folder:
            seconds, mebibytes = _process(
                "-m", "dafeng", "run", "jiujiang", "--samples", str(samples), "--out", f"{folder}/out"
            )
        note = f"floor: imports; peak {mebibytes:.0f} MiB (largest process so far)"
        yield Figure(f"dafeng run jiujiang, {samples:,} samples", seconds, floor, bar, note)


def _process(*arguments: str) -> tuple[float, float]:
    """Wall seconds of one process and the peak of memory of the largest so far, MiB."""
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - start
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
