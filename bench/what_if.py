"""What-if: 50 people who drag sliders at once, on both cores: each asks again a second after its answer, never the same twice."""

import asyncio
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench import Figure
from bench.office import PEOPLE, get, sign_in

PERSONS, PAUSE_SECONDS, SECONDS = 50, 1.0, 30.0


def figures() -> Iterator[Figure]:
    """p50 and p95 of an answer with its fan, and of a bare page of the same office under the same load."""
    yield from load(PERSONS, PAUSE_SECONDS, SECONDS)


def load(people: int, pause: float, seconds: float) -> Iterator[Figure]:
    """Serve the demonstration and drag; then ask for a page of its office that computes nothing, as often."""
    with tempfile.TemporaryDirectory(prefix="dafeng-bench-") as name:
        line = [sys.executable, "-m", "dafeng", "serve", "--workspace", str(Path(name) / "office"), "--demo", "--port", "0", "--json"]  # fmt: skip
        office = subprocess.Popen(line, stdout=subprocess.PIPE, text=True, env=os.environ)
        assert office.stdout is not None
        try:
            said = json.loads(office.stdout.readline())
            port = int(said["url"].rsplit(":", 1)[1])
            found, floor = asyncio.run(_drag(port, said["password"], people, pause, seconds))
        finally:
            office.terminate()
            office.wait(60)
    for rank, what in ((49, "p50"), (94, "p95")):
        ranks, beside = (statistics.quantiles(times, n=100)[rank] for times in (found, floor))
        yield Figure(f"{people} people dragging, {what}", ranks, beside, "p95 < 500 ms", f"{len(found)} answers on 1,024 samples; floor: {len(floor)} times the page of the account")  # fmt: skip


async def _drag(port: int, password: str, people: int, pause: float, seconds: float) -> tuple[list[float], list[float]]:  # fmt: skip
    cookies = [await sign_in(port, name, password) for name in PEOPLE]
    levers: list[str] = []
    for _ in range(8):  # the model is made once in each process
        _, page = await get(port, "/what-if/", cookies[0])
        levers = sorted(set(re.findall(r'name="(m\.[^"]+)"', page)))
    assert levers, page[:400]
    chance = random.Random(1)

    async def person(number: int, times: list[float], end: float, is_floor: bool) -> None:
        await asyncio.sleep(chance.uniform(0, pause))
        while time.monotonic() < end:
            asked = f"{chance.choice(levers)}={chance.uniform(0, 1):.4f}&{chance.choice(levers)}={chance.uniform(0, 1):.4f}"
            begun = time.perf_counter()
            status, _ = await get(port, "/me/" if is_floor else f"/what-if/?{asked}", cookies[number % len(cookies)], htmx=not is_floor)  # fmt: skip
            times.append(time.perf_counter() - begun)
            assert status == 200, status
            await asyncio.sleep(pause * chance.uniform(0.5, 1.5))

    both: tuple[list[float], list[float]] = ([], [])
    for times, is_floor in zip(both, (False, True), strict=True):
        end = time.monotonic() + seconds
        await asyncio.gather(*(person(number, times, end, is_floor) for number in range(people)))
    return both
