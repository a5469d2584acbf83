"""Server process, which owns the store while it runs."""

import contextlib
import ipaddress
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from waitress.server import create_server

from dafeng.evidence import DafengError, catalogue
from dafeng.metering import Store, owner_file, write_owner
from dafeng.web.ledger.owned import Draining, Limits, Owned, own
from dafeng.web.ledger.supervising import Worker, supervised

_TEXTS = catalogue("dafeng.web")

DRAIN_SECONDS = 30.0
"""Seconds that a stopping server waits for requests in progress; a second signal ends the wait."""

SILENT_SECONDS = 20
"""Idle time before a connection is closed."""

FLUSH_SECONDS = 0.3
"""Time limit for sending the last answers."""


def serve(
    store_path: Path,
    *,
    host: str = "127.0.0.1",
    port: int = 8765,
    limits: Limits | None = None,
    workers: tuple[Worker, ...] = (),
    origins: tuple[str, ...] = (),
    plain_http: bool = False,
    ready: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve `store_path` as its owner until interrupted, with `workers` (watched folder, broker) in parallel.

    On SIGTERM, or SIGINT as by Ctrl-C, it admits no more requests, finishes those in progress within
    `DRAIN_SECONDS`, and closes the store. `ready` is called with the URL once the socket listens; port 0
    takes a free one.

    Raises
    ------
    DafengError
        Where the store or the port is not available.
    """
    _check_origins(origins)
    if not plain_http and not _is_loopback(host):
        raise DafengError.at(
            "--host", _TEXTS.both("problem.keys_in_plain_text", host=host),
            _TEXTS.both("problem.address_behind_proxy"), _TEXTS.both("problem.loopback_or_plain_http"),
        )  # fmt: skip
    settings.CSRF_TRUSTED_ORIGINS = list(origins)
    with Store(store_path) as store:
        owned = Owned(store, limits or Limits())
        own(owned)
        try:
            server = create_server(
                get_wsgi_application(),
                host=host,
                port=port,
                threads=8,
                max_request_body_size=4 * owned.limits.body,  # what lies between is answered in our own words
                max_request_header_size=1 << 16,
                # idle and half-sent requests are many and cheap: they are kept apart from those under way, and soon dropped
                connection_limit=2000,
                channel_timeout=SILENT_SECONDS,
                cleanup_interval=5,
                asyncore_use_poll=True,
                ident="dafeng",
                # a proxy on this machine says whom it speaks for, under which name, and that it speaks TLS with them
                trusted_proxy="127.0.0.1",
                trusted_proxy_headers={"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"},
                clear_untrusted_proxy_headers=True,
            )
        except (OSError, ValueError) as error:
            raise DafengError.at(
                f"{host}:{port}",
                str(error),
                _TEXTS.both("problem.free_port"),
                _TEXTS.both("problem.another_port"),
            ) from error
        stop = Event()
        threads = [
            Thread(target=supervised, args=(worker, owned.worker(worker), store, stop), daemon=True)
            for worker in workers
        ]
        url = _url(host, server)
        write_owner(store_path, url, owned.operator_token)
        try:
            _stop_on_signals(owned.draining)
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


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _check_origins(origins: tuple[str, ...]) -> None:
    for origin in origins:
        parts = urlsplit(origin)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path.strip("/") or parts.query:
            raise DafengError.at("--origin", origin[:100], _TEXTS.both("problem.origin_as_shown"))  # fmt: skip


def _url(host: str, server: Any) -> str:
    """Return the URL of the server: a host with several addresses listens at each, on one port or several."""
    listening = getattr(server, "effective_listen", None)
    name, port = listening[0] if listening else (host, server.effective_port)
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, name)
    return (
        f"http://[{shown}]:{port}"
        if ":" in shown.strip("[]") and "[" not in shown
        else f"http://{shown}:{port}"
    )


def _stop_on_signals(draining: Draining) -> None:
    """Install handlers: on SIGTERM or SIGINT drain in a thread, then end the loop in the main thread."""
    main = threading.get_ident()

    def drain() -> None:
        draining.stop(DRAIN_SECONDS)
        time.sleep(FLUSH_SECONDS)
        signal.pthread_kill(main, signal.SIGUSR1)

    def told(*_: object) -> None:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
        threading.Thread(target=drain, daemon=True).start()

    signal.signal(signal.SIGUSR1, lambda *_: sys.exit(0))
    signal.signal(signal.SIGTERM, told)
    signal.signal(signal.SIGINT, told)
