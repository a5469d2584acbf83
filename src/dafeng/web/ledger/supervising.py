"""Supervision of the server's workers (watched folder, broker): restart with backoff, and their states."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import Any
from uuid import uuid4

from dafeng.metering import Store

Worker = Callable[[Store, Event], None]

FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
"""Seconds before a worker that failed is started again; they double with each failure in a row."""

STEADY_SECONDS = 60.0
"""Running time after which a worker begins with the first wait again."""

_log = logging.getLogger("dafeng.web")


@dataclass
class WorkerState:
    """State of a worker: `state` is starting, running, waiting (to be started again) or stopped."""

    name: str
    state: str = "starting"
    restarts: int = 0
    last_error: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "state": self.state,
            "restarts": self.restarts,
            "last_error": self.last_error,
        }


def supervised(worker: Worker, state: WorkerState, store: Store, stop: Event) -> None:
    """Run `worker` until `stop`; whatever ends it before, it is started again after a wait."""
    wait = FIRST_WAIT
    while not stop.is_set():
        state.state, begun = "running", time.monotonic()
        try:
            worker(store, stop)
            reason = "it ended"
        except Exception as error:  # noqa: BLE001 - a worker that dies unseen loses what is sent to it
            reference = uuid4().hex[:12]
            reason = f"{type(error).__name__}: {error} ({reference})"[:300]
            _log.error("worker %s failed, error %s", state.name, reference, exc_info=error)
        if stop.is_set():
            break
        if time.monotonic() - begun > STEADY_SECONDS:
            wait = FIRST_WAIT
        state.state, state.last_error, state.restarts = "waiting", reason, state.restarts + 1
        stop.wait(wait)
        wait = min(2 * wait, LONGEST_WAIT)
    state.state = "stopped"
