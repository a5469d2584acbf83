"""The server process: it owns the store while it runs."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

from django.core.wsgi import get_wsgi_application
from waitress.server import create_server

from dafeng.evidence import DafengError
from dafeng.metering import Store
from dafeng.metering.store import owner_file, write_owner
from dafeng.web.owned import Limits, Owned, own

Worker = Callable[[Store, Event], None]


def serve(
    store_path: Path,
    *,
    host: str = "127.0.0.1",
    port: int = 8765,
    limits: Limits | None = None,
    workers: tuple[Worker, ...] = (),
    ready: Callable[[str], None] = lambda _: None,
) -> None:
    """Own `store_path` and answer until interrupted. `workers` run beside it (watched folder, broker).

    `ready` is told the URL once the socket listens; port 0 takes a free one. Raises: DafengError where the
    store or the port cannot be had.
    """
    with Store(store_path) as store:
        owned = Owned(store, limits or Limits())
        own(owned)
        try:
            server = create_server(
                get_wsgi_application(),
                host=host,
                port=port,
                threads=8,
                max_request_body_size=owned.limits.body + 1024,
            )
        except OSError as error:
            raise DafengError.at(
                f"{host}:{port}", str(error), "a free port", "choose another --port"
            ) from error
        stop = Event()
        threads = [Thread(target=worker, args=(store, stop), daemon=True) for worker in workers]
        url = f"http://{host}:{server.effective_port}"
        write_owner(store_path, url, owned.operator_token)
        try:
            for thread in threads:
                thread.start()
            ready(url)
            server.run()
        finally:
            stop.set()
            for thread in threads:
                thread.join(timeout=10)
            server.close()
            own(None)
            with contextlib.suppress(FileNotFoundError):
                owner_file(store_path).unlink()
