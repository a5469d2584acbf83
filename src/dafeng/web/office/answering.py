"""One office process: answers requests from the socket that the supervisor bound."""

import os
import signal
import socket
import sys
from typing import Any

from dafeng.web.office.supervised import end_with_supervisor

THREADS = 8
SILENT_SECONDS = 60


def main() -> None:
    """Answer requests until stopped; those in progress are completed."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "dafeng.web.office.settings"
    from django.conf import settings
    from waitress.server import create_server

    from dafeng.web.office.wsgi import application

    listener = socket.socket(fileno=int(sys.argv[1]))
    server = create_server(
        application, sockets=[listener], threads=THREADS, channel_timeout=SILENT_SECONDS, connection_limit=1000,
        asyncore_use_poll=True, ident="dafeng", max_request_body_size=1100 << 20, max_request_header_size=1 << 16,
        trusted_proxy=settings.CONFIGURATION.proxy, trusted_proxy_headers={"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"},
        clear_untrusted_proxy_headers=True,
    )  # fmt: skip
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_supervisor()
    try:
        server.run()
    finally:
        server.task_dispatcher.shutdown(cancel_pending=False, timeout=25)


def _stop(*_: Any) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    main()
