"""State of the serving process: its store, the operator's token, and counters since the start."""

import hmac
import secrets
import threading
import time
from collections import defaultdict, deque
from collections.abc import Hashable
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from dafeng.evidence import DafengError, catalogue
from dafeng.metering import Store
from dafeng.web.ledger.supervising import Worker, WorkerState

_TEXTS = catalogue("dafeng.web")
_MAX_SEEN = 10_000
"""Maximum number of keys and addresses in memory before those of the past are dropped."""


@dataclass
class Limits:
    """Limits of the interface, in bytes and days."""

    body: int = 16 << 20
    unpacked: int = 64 << 20
    max_age_days: int = 400


class RateLimiter:
    """Limiter of requests per key (or address) within the last minute; in memory, as one process serves."""

    def __init__(self) -> None:
        self._seen: dict[Hashable, deque[float]] = defaultdict(deque)
        self._lock = threading.Lock()

    def allows(self, key: Hashable, per_minute: int, now: float | None = None) -> bool:
        """Return whether one more request of `key` is within its limit; count it where it is."""
        now = time.monotonic() if now is None else now
        with self._lock:
            if len(self._seen) > _MAX_SEEN:
                self._forget(now)
            seen = self._seen[key]
            while seen and seen[0] <= now - 60:
                seen.popleft()
            if len(seen) >= per_minute:
                return False
            seen.append(now)
            return True

    def _forget(self, now: float) -> None:
        for key in [key for key, seen in self._seen.items() if not seen or seen[-1] <= now - 60]:
            del self._seen[key]


class Sessions:
    """Open sessions: the server keeps them in memory, like its signing key, so that both end with it."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}
        self._lock = threading.Lock()

    def open(self, seconds: float, now: float | None = None) -> str:
        """Return the id of a new session that ends after `seconds`."""
        now = time.monotonic() if now is None else now
        session = secrets.token_urlsafe(16)
        with self._lock:
            for old in [id_ for id_, until in self._until.items() if until <= now]:
                del self._until[old]
            self._until[session] = now + seconds
        return session

    def holds(self, session: str, now: float | None = None) -> bool:
        """Return whether the session is open."""
        until = self._until.get(session)
        return until is not None and (time.monotonic() if now is None else now) < until

    def end(self, session: str) -> None:
        """End the session; one that is not open is left alone."""
        with self._lock:
            self._until.pop(session, None)


class Draining:
    """Requests in progress, and whether new ones are admitted: a stopping server finishes what it began."""

    def __init__(self) -> None:
        self._under_way = 0
        self._changed = threading.Condition()
        self.stopping = False

    def enter(self) -> bool:
        """Count a request as begun; return False where the server is stopping."""
        with self._changed:
            if self.stopping:
                return False
            self._under_way += 1
            return True

    def leave(self) -> None:
        with self._changed:
            self._under_way -= 1
            self._changed.notify_all()

    def stop(self, seconds: float) -> bool:
        """Admit no more requests and wait for those in progress; return False after more than `seconds`."""
        with self._changed:
            self.stopping = True
            return self._changed.wait_for(lambda: self._under_way == 0, seconds)


@dataclass
class Owned:
    """State of the running server."""

    store: Store
    limits: Limits = field(default_factory=Limits)
    operator_token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    rate: RateLimiter = field(default_factory=RateLimiter)
    draining: Draining = field(default_factory=Draining)
    sessions: Sessions = field(default_factory=Sessions)

    def __post_init__(self) -> None:
        self.workers: list[WorkerState] = []
        self.registry = CollectorRegistry()
        self.readings = Counter(
            "dafeng_readings",
            _TEXTS.both("metric.readings"),
            ["outcome"],
            registry=self.registry,
        )
        self.batches = Counter(
            "dafeng_batches", _TEXTS.both("metric.batches"), ["status"], registry=self.registry
        )
        self.requests = Counter(
            "dafeng_requests", _TEXTS.both("metric.requests"), ["path", "status"], registry=self.registry
        )
        self.open_warnings = Gauge(
            "dafeng_open_warnings", _TEXTS.both("metric.open_warnings"), ["level"], registry=self.registry
        )
        self.newest = Gauge(
            "dafeng_newest_reading_timestamp_seconds", _TEXTS.both("metric.newest"), registry=self.registry
        )
        self.commit_seconds = Histogram(
            "dafeng_batch_seconds", _TEXTS.both("metric.commit_seconds"), registry=self.registry
        )
        self.store_bytes = Gauge(
            "dafeng_store_bytes", _TEXTS.both("metric.store_bytes"), registry=self.registry
        )

    def worker(self, worker: Worker) -> WorkerState:
        """Return a new state for `worker`, shown by /health."""
        made = WorkerState(getattr(worker, "__name__", "worker"))
        self.workers.append(made)
        return made

    def is_operator(self, token: str) -> bool:
        return hmac.compare_digest(token.encode(), self.operator_token.encode())


_owned: list[Owned] = []


def own(owned: Owned | None) -> None:
    """Set the state that this process serves; None where it stops."""
    _owned[:] = [owned] if owned is not None else []


def owned() -> Owned:
    """Return the state that this process serves.

    Raises
    ------
    DafengError
        Where it serves nothing.
    """
    if not _owned:
        raise DafengError.at(
            "server",
            _TEXTS.both("problem.no_store"),
            _TEXTS.both("problem.a_running_server"),
            _TEXTS.both("problem.serve_command"),
        )
    return _owned[0]
