"""Executors of ensembles: this machine, or an existing Dask cluster."""

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from urllib.parse import urlsplit

from dafeng.cli import words
from dafeng.evidence import DafengError, install_extra

TIMEOUT = "15s"


def _check_address(address: str) -> None:
    """Check host and port before a client is made: one that fails half way complains on deletion."""
    try:
        place = urlsplit(address if "://" in address else f"tcp://{address}")
        sound = bool(place.hostname) and place.port is not None
    except ValueError:
        sound = False
    if not sound:
        raise DafengError.at(
            "--cluster",
            address,
            words.both("problem.host_and_port"),
            words.both("the_scheduler_gives_its_address"),
        )


@contextmanager
def executor_at(address: str | None) -> Iterator[Executor | None]:
    """Return an executor on the Dask scheduler at `address` (tcp://host:port); None without an address.

    None means this process. The workers need the same version of dafeng.

    Raises
    ------
    DafengError
        Where the library is not installed or no scheduler answers.
    """
    if address is None:
        yield None
        return
    _check_address(address)
    try:
        from distributed import Client
    except ImportError as error:
        raise DafengError.at(
            "--cluster",
            words.both("problem.package_missing"),
            words.both("problem.package_installed"),
            install_extra("cluster"),
        ) from error
    try:
        client = Client(address, timeout=TIMEOUT, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise DafengError.at(
            "--cluster",
            f"{address}: {error}",
            words.both("problem.scheduler_answers"),
            words.both("start_one_with_dask_scheduler_and"),
        ) from error
    with client:
        yield client.get_executor()
