"""Where ensembles run: this machine, or a Dask cluster that exists."""

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from urllib.parse import urlsplit

from dafeng.evidence import DafengError

TIMEOUT = "15s"


def _check_address(address: str) -> None:
    """A host and a port, before a client is made: one that fails half way complains when it is thrown away."""
    try:
        place = urlsplit(address if "://" in address else f"tcp://{address}")
        sound = bool(place.hostname) and place.port is not None
    except ValueError:
        sound = False
    if not sound:
        raise DafengError.at(
            "--cluster",
            address,
            "host and port, as tcp://host:8786",
            "dask scheduler tells its address (集群地址)",
        )


@contextmanager
def executor_at(address: str | None) -> Iterator[Executor | None]:
    """An executor on the Dask scheduler at `address` (tcp://host:port); None, this process, without one.

    The workers need the same version of dafeng.

    Raises: DafengError where the library is not installed or no scheduler answers.
    """
    if address is None:
        yield None
        return
    _check_address(address)
    try:
        from distributed import Client
    except ImportError as error:
        raise DafengError.at(
            "--cluster", "the package distributed is not installed", "it is", "pip install 'dafeng[cluster]'"
        ) from error
    try:
        client = Client(address, timeout=TIMEOUT, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise DafengError.at(
            "--cluster",
            f"{address}: {error}",
            "a Dask scheduler that answers, as tcp://host:8786",
            "start one with `dask scheduler` and `dask worker tcp://host:8786` (集群未应答)",
        ) from error
    with client:
        yield client.get_executor()
