"""`dafeng web manage work`: take jobs until stopped; `dafeng serve` supervises it."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from dafeng.web.office.jobs.worker import work
from dafeng.web.office.supervised import end_with_supervisor
from dafeng.web.office.words import both


class Command(BaseCommand):
    """Take jobs until stopped."""

    help = both("help_work")

    def handle(self, *_: Any, **__: Any) -> None:
        end_with_supervisor()
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        work(stop)
