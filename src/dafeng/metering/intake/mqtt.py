"""Readings from an MQTT broker: QoS 1 and a ledger that takes a batch once make it exactly once in effect.

Topic `dafeng/<unit>/readings`, payload JSON or NDJSON readings; only points of the unit named in the topic
are taken. A message is acknowledged to the broker after its batch is committed, or kept as a dead letter;
while the disk is full it is not, and taken again with growing waits. The receipt goes to
`dafeng/<unit>/receipts`.
"""

import contextlib
import hashlib
import json
import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from queue import Empty, Queue
from threading import Event
from typing import Any
from urllib.parse import unquote, urlsplit

import duckdb
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from dafeng.evidence import DafengError
from dafeng.metering.intake.dead_letters import keep_dead_letter
from dafeng.metering.intake.ingest import Acceptance, NoRoomError, Sending, ingest_body
from dafeng.metering.store.store import Store

log = logging.getLogger(__name__)
MAX_PAYLOAD = 16 << 20
MAX_AGE = timedelta(days=400)


def take_message(store: Store, topic: str, payload: bytes) -> tuple[str, str]:
    """Ingest one message; returns the topic and text of its answer.

    A message of which no batch can be made is kept as a dead letter with the reason. Without an id of its own
    a batch is identified by its content, among the batches of its unit only.

    Raises: NoRoomError where the disk is full: the message must be taken again later.
    """
    parts = topic.split("/")
    unit = parts[1] if len(parts) == 3 else ""
    try:
        if len(payload) > MAX_PAYLOAD:
            raise DafengError.at(topic, f"{len(payload)} bytes", f"at most {MAX_PAYLOAD}")
        kind = _kind_of(payload)
        key = f"{kind}-sha256-{hashlib.sha256(payload).hexdigest()}"
        sending = Sending(f"mqtt:{unit}", key, Acceptance.PARTIAL, frozenset({unit}), MAX_AGE)
        answer = ingest_body(store, payload, kind, sending).as_dict()
    except NoRoomError:
        raise
    except DafengError as error:
        log.warning("refused a message on %s: %s", topic[:200], error)
        answer = _refused(store, topic, payload, error)
    except Exception as error:
        log.error("a message on %s: defect", topic[:200], exc_info=error)
        defect = DafengError.at("body", type(error).__name__, "readings as the form describes")
        answer = _refused(store, topic, payload, defect)
    return f"dafeng/{unit}/receipts", json.dumps(answer, ensure_ascii=False)


def _kind_of(payload: bytes) -> str:
    """Lines of one object each, or JSON: a payload has no media type."""
    lines = [line.strip() for line in payload.split(b"\n", 1000) if line.strip()]
    return "ndjson" if len(lines) > 1 and lines[0][:1] == b"{" and lines[0][-1:] == b"}" else "json"


def _refused(store: Store, topic: str, payload: bytes, error: DafengError) -> dict[str, Any]:
    try:
        number = keep_dead_letter(store, f"mqtt:{topic}", payload[:MAX_PAYLOAD], str(error))
    except duckdb.Error as full:
        raise NoRoomError.at("dead letters", str(full)[:200], "room on the disk and in memory") from full
    problems = [problem.as_dict() for problem in error.problems]
    return {"status": "refused", "dead_letter": number, "problems": problems}


@dataclass(frozen=True, slots=True)
class Broker:
    """Address and credentials of a broker."""

    host: str
    port: int
    username: str | None = None
    password: str | None = None
    tls: bool = False


_PORTS = {"mqtt": 1883, "mqtts": 8883}


def broker_of(text: str) -> Broker:
    """Parse `host:port`, or `mqtt://user:password@host:port`, or `mqtts://…` for TLS.

    Raises: DafengError for anything else.
    """
    parts = urlsplit(text if "://" in text else f"mqtt://{text}")
    try:
        port = parts.port or (_PORTS.get(parts.scheme) if "://" in text else None)
    except ValueError:
        port = None
    if not parts.hostname or port is None or parts.scheme not in _PORTS:
        hidden = text.rpartition("@")[2]  # a password is nothing for a log
        raise DafengError.at("--mqtt", hidden, "host:port, or mqtt[s]://user:password@host[:port]")
    user, password = (None if part is None else unquote(part) for part in (parts.username, parts.password))
    return Broker(parts.hostname, port, user, password, parts.scheme == "mqtts")


def mqtt_worker(broker: str, *, client_id: str | None = None) -> Callable[[Store, Event], None]:
    """Return a worker that subscribes until it is stopped.

    Its client id is made of host and store, so that two servers on one broker do not disconnect each other;
    each also announces its presence, and logs which others are present.

    Parameters
    ----------
    broker
        URL of the broker, without a password.
    client_id
        Id at the broker.

    Returns
    -------
    Worker (store, stop) that runs until `stop` is set.

    Raises
    ------
    DafengError
        As `broker_of`.
    """
    asked = broker_of(broker)

    def mqtt(store: Store, stop: Event) -> None:
        _subscribed(asked, store, stop, client_id or client_id_of(store))

    return mqtt


def client_id_of(store: Store) -> str:
    """Return the id of the client of a store: the same after a restart, so that the broker keeps what
    comes meanwhile.
    """
    place = f"{socket.gethostname()}:{store.path.resolve()}"
    return f"dafeng-{hashlib.sha256(place.encode()).hexdigest()[:12]}"


def _subscribed(asked: Broker, store: Store, stop: Event, client_id: str) -> None:
    """Take the messages of the broker until `stop`, outside the thread of the network, so that one may
    wait for room.
    """
    waiting: Queue[MQTTMessage] = Queue()
    client = _client(asked, client_id, waiting)
    client.connect_async(asked.host, asked.port)
    client.loop_start()
    try:
        while not stop.is_set():
            with contextlib.suppress(Empty):
                _taken(client, store, stop, waiting.get(timeout=0.5))
    finally:
        client.publish(f"{_SERVERS}{client_id}", b"", retain=True)
        client.disconnect()
        client.loop_stop()


_SERVERS = "dafeng/servers/"


def _client(asked: Broker, client_id: str, waiting: Queue[MQTTMessage]) -> Client:
    client = Client(CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=False, manual_ack=True)
    if asked.username is not None:
        client.username_pw_set(asked.username, asked.password)
    if asked.tls:
        client.tls_set()

    def on_connect(client: Client, *_: Any) -> None:
        client.subscribe([("dafeng/+/readings", 1), (f"{_SERVERS}+", 0)])
        client.publish(f"{_SERVERS}{client_id}", "here", qos=0, retain=True)

    def on_message(_: Client, __: Any, message: MQTTMessage) -> None:
        if not message.topic.startswith(_SERVERS):
            waiting.put(message)
            return
        other = message.topic.removeprefix(_SERVERS)
        if other != client_id and message.payload:
            log.warning("another server takes readings from this broker: %s", other[:80])

    client.on_connect, client.on_message = on_connect, on_message
    client.will_set(f"{_SERVERS}{client_id}", b"", retain=True)
    return client


FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
"""Seconds before a message is taken again for which there was no room; they double up to the longest."""


def _taken(client: Client, store: Store, stop: Event, message: MQTTMessage) -> None:
    """Take a message, again and again while there is no room, and acknowledge it."""
    wait = FIRST_WAIT
    payload = bytes(message.payload)
    while not stop.is_set():
        try:
            topic, answer = take_message(store, message.topic, payload)
        except NoRoomError as error:
            log.error("not acknowledged, taken again in %s s: %s", wait, error)
            stop.wait(wait)
            wait = min(2 * wait, LONGEST_WAIT)
            continue
        client.ack(message.mid, message.qos)
        client.publish(topic, answer, qos=1)
        return
