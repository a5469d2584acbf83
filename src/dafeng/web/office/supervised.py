"""A supervised process ends when its supervisor does."""

import os
import signal
from threading import Thread


def end_with_supervisor() -> None:
    """Stop this process when the pipe from the supervisor closes; without a supervisor nothing is done."""
    if os.environ.get("DAFENG_SUPERVISED") != "1":
        return

    def watch() -> None:
        while os.read(0, 1):  # unbuffered: a lock of a buffer would be held while this process ends
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    Thread(target=watch, daemon=True).start()
