"""Where ensembles run: this machine, or a Dask cluster that exists."""

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

from dafeng.evidence import DafengError

TIMEOUT = "15s"


@contextmanager
def executor_at(address: str | None) -> Iterator[Executor | None]:
    """An executor on the Dask scheduler at `address` (tcp://host:port); None, this process, without one.

    The workers need the same version of dafeng.

    Raises: DafengError where the library is not installed or no scheduler answers.
    """
    if address is None:
        yield None
        return
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
