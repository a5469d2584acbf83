"""Service of a workspace: one port, several office processes, one worker, the ledger; all are supervised.

The supervisor binds the port and hands the socket to the office processes, so that one that dies is replaced without
a refused connection. Each child ends when the supervisor does, also where that is killed: it reads from a pipe whose
other end only the supervisor holds.
"""

import contextlib
import fcntl
import ipaddress
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dafeng.evidence import DafengError
from dafeng.web.office.configuration import Configuration, read_configuration
from dafeng.web.office.words import both
from dafeng.web.office.workspace import PRIVATE_FILE, Workspace

FIRST_WAIT, LONGEST_WAIT, STEADY_SECONDS = 0.5, 30.0, 60.0
DRAIN_SECONDS = 30.0
BACKLOG = 512


@dataclass(slots=True)
class Child:
    """A supervised process: its command, and when it is started again after it ended."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    begun: float = 0.0
    wait: float = FIRST_WAIT
    after: float = 0.0
    restarts: int = 0


def serve_workspace(
    workspace: Path, *, host: str = "127.0.0.1", port: int = 8770, plain_http: bool = False,
    ready: Callable[[str, str], None] = lambda _url, _token: None, upgrade: bool = False,
) -> None:  # fmt: skip
    """Serve the office of `workspace` until stopped.

    Parameters
    ----------
    ready
        Called with the address and, before the office is set up, the one-time token of the first run.
    upgrade
        Whether migrations of an existing database are applied; it is copied before.

    Raises
    ------
    DafengError
        Where the workspace is served already, the port is taken, the host would carry passwords in plain text, or migrations wait.
    """
    space = Workspace(workspace.resolve())
    space.prepare()
    configuration = read_configuration(space.settings, os.environ)
    if not plain_http and configuration.tls == "none" and not _is_loopback(host):
        raise DafengError.at(
            "--host", both("problem.passwords_would_cross_the_network_in_plain", host=host),
            both("problem.an_address_of_this_machine_behind_a"), "--plain-http",
        )  # fmt: skip
    with _alone(space), _alone_on(configuration.database), _listening(host, port) as listener:
        token = prepare_database(space, upgrade=upgrade)
        address = f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
        children = _children(space, configuration, listener.fileno())
        _supervise(children, listener.fileno(), lambda: ready(address, token))


@contextlib.contextmanager
def _alone(space: Workspace) -> Iterator[None]:
    """Hold the lock of a workspace: two supervisors would own its ledger and worker twice."""
    with (space.root / "serving.lock").open("w", encoding="ascii") as file:
        os.chmod(file.fileno(), PRIVATE_FILE)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise DafengError.at(
                str(space.root), both("problem.a_workspace_that_is_served"), both("problem.a_workspace_that_nobody_serves"),
                both("problem.stop_the_other_one_or_take"),
            ) from error  # fmt: skip
        yield


@contextlib.contextmanager
def _alone_on(database: str) -> Iterator[None]:
    """Hold the database of PostgreSQL: a second office on it would take its jobs and keep evidence in another folder."""
    if not database:
        yield
        return
    from dafeng.registers import held_alone

    with held_alone(database) as alone:
        if not alone:
            raise DafengError.at(
                database.rsplit("@", 1)[-1], both("problem.a_database_that_is_served"), both("problem.a_database_of_its_own"), both("problem.stop_the_other_one_or_take_database"),
            )  # fmt: skip
        yield


def prepare_database(space: Workspace, *, upgrade: bool) -> str:
    """Create the tables of a new office; return the token of the first run, "" once it is set up.

    Raises
    ------
    DafengError
        Where migrations of an existing database wait and `upgrade` is not given.
    """
    from dafeng.web.office.project import start

    start(space.root)
    from dafeng.web.office.migrating import first_token, migrate

    migrate(upgrade=upgrade)
    return first_token()


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@contextlib.contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host.strip("[]"), port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise DafengError.at(f"{host}:{port}", str(error), both("problem.a_free_port"), both("problem.choose_another_port")) from error  # fmt: skip
    listener.listen(BACKLOG)
    try:
        yield listener
    finally:
        listener.close()


def _children(space: Workspace, configuration: Configuration, handle: int) -> list[Child]:
    python = [sys.executable, "-m"]
    found = [Child(f"office-{number + 1}", [*python, "dafeng.web.office.answering", str(handle)]) for number in range(configuration.processes)]  # fmt: skip
    found.append(Child("worker", [*python, "dafeng.web.office", "work"]))
    if space.ledger.exists():
        found.append(Child("ledger", [*python, "dafeng.web.office.owning", str(space.ledger), str(space.keys / "ledger.sqlite3")]))  # fmt: skip
    return found


def _supervise(children: list[Child], handle: int, ready: Callable[[], None]) -> None:
    """Start the children, start again those that end, stop all on a signal."""
    stopping: list[int] = []
    before = {number: signal.signal(number, lambda number, _: stopping.append(number)) for number in (signal.SIGTERM, signal.SIGINT)}  # fmt: skip
    told = False
    try:
        while not stopping:
            now = time.monotonic()
            for child in children:
                _look_after(child, handle, now)
            if not told:
                told = True
                ready()
            time.sleep(0.2)
    finally:
        _stop(children)
        for number, handler in before.items():
            signal.signal(number, handler)


def _look_after(child: Child, handle: int, now: float) -> None:
    if child.process is not None and child.process.poll() is None:
        return
    if child.process is not None:
        _close_pipe(child.process)
        if now - child.begun > STEADY_SECONDS:
            child.wait = FIRST_WAIT
        sys.stderr.write(
            both("process_ended", name=child.name, code=child.process.returncode, wait=f"{child.wait:.1f}")
            + "\n"
        )
        child.process, child.after = None, now + child.wait
        child.wait, child.restarts = min(2 * child.wait, LONGEST_WAIT), child.restarts + 1
    if now >= child.after:
        child.begun = now
        child.process = subprocess.Popen(
            child.command, stdin=subprocess.PIPE, pass_fds=(handle,) if child.name.startswith("office") else (),
            env={**os.environ, "DAFENG_SUPERVISED": "1"},
        )  # fmt: skip


def _stop(children: list[Child]) -> None:
    running = [
        child.process for child in children if child.process is not None and child.process.poll() is None
    ]
    for process in running:
        process.terminate()
    until = time.monotonic() + DRAIN_SECONDS
    for process in running:
        try:
            process.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        _close_pipe(process)


def _close_pipe(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()
