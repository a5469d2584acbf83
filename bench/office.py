"""Office: 200 people with ten seconds between pages, beside a bare Django view under the same load by the same server.

Generator and server have one core each. A person opens 我的工作, a register, a record, returns, tasks and targets in turn.
"""

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

PERSONS, THINK_SECONDS, SECONDS = 200, 10.0, 60.0
PAGES = ("/", "/registers/", "/registers/storage_projects/", "/registers/storage_projects/1/", "/returns/", "/tasks/", "/targets/")  # fmt: skip
PEOPLE = ("clerk", "county", "reader", "auditor")
OF_ANOTHER = "/registers/storage_projects/1/"
BAR = "p95 ≤ 4 × bare Django and < 200 ms"
BARE = """
import socket, sys
from django.conf import settings
settings.configure(DEBUG=False, SECRET_KEY="x" * 60, ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"])
import django
django.setup()
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path
urlpatterns = [path("", lambda request: HttpResponse("<p>x</p>" * 800))]
from waitress import serve
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(512)
print(listener.getsockname()[1], flush=True)
serve(get_wsgi_application(), sockets=[listener], threads=8, asyncore_use_poll=True, connection_limit=1000)
"""


def figures() -> Iterator[Figure]:
    """p95 of the office and of a bare view with the same generator, and the errors."""
    yield from load(PERSONS, THINK_SECONDS, SECONDS)


def load(people: int, think: float, seconds: float) -> Iterator[Figure]:
    """Serve both, load both; the office's two processes share one core as the bare view's one does."""
    cores = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory(prefix="dafeng-bench-") as name:
        bare = subprocess.Popen([sys.executable, "-c", BARE], stdout=subprocess.PIPE, text=True)
        assert bare.stdout is not None
        try:
            os.sched_setaffinity(bare.pid, {cores[-1]})
            floor = asyncio.run(_visits(int(bare.stdout.readline()), people, think, seconds, ("/",), ""))
        finally:
            bare.terminate()
            bare.wait(30)
        line = [
            "-m",
            "dafeng",
            "serve",
            "--workspace",
            str(Path(name) / "office"),
            "--demo",
            "--port",
            "0",
            "--json",
        ]
        office = subprocess.Popen(["taskset", "-c", str(cores[-1]), sys.executable, *line], stdout=subprocess.PIPE, text=True)  # fmt: skip
        assert office.stdout is not None
        try:
            said = json.loads(office.stdout.readline())
            port = int(said["url"].rsplit(":", 1)[1])
            os.sched_setaffinity(0, {cores[0]})
            found = asyncio.run(_visits(port, people, think, seconds, PAGES, said["password"]))
            # the same people on a page that asks the office nothing: session, rights, audit and frame alone
            frame = asyncio.run(_visits(port, people, think, seconds, ("/me/password",), said["password"]))
        finally:
            os.sched_setaffinity(0, set(cores))
            office.terminate()
            office.wait(60)
    for what in ("p50", "p95"):
        yield Figure(f"{people} people, {think:g} s think time, {what}", found[what], floor[what], BAR, f"{found['n']:.0f} pages, {found['errors']:.0f} errors; floor {floor['n']:.0f} pages, {floor['errors']:.0f} errors; the frame of a page {frame[what] * 1000:.0f} ms")  # fmt: skip


async def _visits(port: int, people: int, think: float, seconds: float, pages: tuple[str, ...], password: str) -> dict[str, float]:  # fmt: skip
    times: list[float] = []
    errors = 0
    cookies = [await sign_in(port, name, password) for name in PEOPLE] if password else [""]  # fmt: skip
    for path in pages:  # what each process loads once is not what people wait for every day
        for _ in range(4):
            await get(port, path, cookies[0])
    end = time.monotonic() + seconds
    chance = random.Random(1)

    async def person(number: int) -> None:
        nonlocal errors
        await asyncio.sleep(chance.uniform(0, think))
        step = number
        while time.monotonic() < end:
            begun = time.perf_counter()
            page, who = pages[step % len(pages)], number % len(cookies)
            status, _ = await get(port, page, cookies[who])
            times.append(time.perf_counter() - begun)
            # the record of another county is not there for a county
            errors += status != (404 if page == OF_ANOTHER and PEOPLE[who] == "county" else 200)
            step += 1
            await asyncio.sleep(chance.uniform(0.5 * think, 1.5 * think))

    await asyncio.gather(*(person(number) for number in range(people)))
    ranks = statistics.quantiles(times, n=100)
    return {"p50": ranks[49], "p95": ranks[94], "n": float(len(times)), "errors": float(errors)}


async def get(
    port: int, path: str, cookie: str, body: str | None = None, *, htmx: bool = False
) -> tuple[int, str]:
    """Ask for a path, with `htmx` as a slider does; return status and answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"{'GET' if body is None else 'POST'} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n"
    head += f"Cookie: {cookie}\r\n" if cookie else ""
    head += "HX-Request: true\r\n" if htmx else ""
    if body is not None:
        head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
    writer.write(f"{head}\r\n{body or ''}".encode())
    await writer.drain()
    answer = (await reader.read()).decode("utf-8", "replace")
    writer.close()
    return int(answer.split(" ", 2)[1]), answer


async def sign_in(port: int, name: str, password: str) -> str:
    """Sign in and return the cookie of the session."""
    _, page = await get(port, "/signin", "")
    cookie = re.search(r"Set-Cookie:\s*(csrf=[^;]*)", page, re.I)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert cookie is not None, page[:600]
    assert token is not None
    _, answer = await get(port, "/signin", cookie.group(1), f"username={name}&password={password}&csrfmiddlewaretoken={token.group(1)}")  # fmt: skip
    session = re.search(r"Set-Cookie:\s*(office=[^;]*)", answer, re.I)
    assert session is not None, answer[:300]
    return session.group(1)
