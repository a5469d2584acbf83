"""Readings from an MQTT broker: QoS 1 and a ledger that takes a batch once make it exactly once in effect.

Topic `dafeng/<unit>/readings`, payload JSON or NDJSON readings; only points of the unit named in the topic
are taken. A message is acknowledged to the broker after its batch is committed, or refused for good; when
the disk is full it is not, and the broker sends it again. The receipt goes to `dafeng/<unit>/receipts`.
"""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from threading import Event
from typing import Any
from urllib.parse import unquote, urlsplit

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from dafeng.evidence import DafengError
from dafeng.metering.intake.ingest import Acceptance, Sending, ingest_body
from dafeng.metering.store.store import Store

log = logging.getLogger(__name__)
MAX_PAYLOAD = 16 << 20
MAX_AGE = timedelta(days=400)


def take_message(store: Store, topic: str, payload: bytes) -> tuple[str, str]:
    """Take one message; returns the topic and text of its answer.

    Raises: DafengError where there is no room: the message must come again.
    """
    parts = topic.split("/")
    unit = parts[1] if len(parts) == 3 else ""
    try:
        if len(payload) > MAX_PAYLOAD:
            raise DafengError.at(topic, f"{len(payload)} bytes", f"at most {MAX_PAYLOAD}")
        kind = "json" if payload.lstrip()[:1] == b"[" or b'"readings"' in payload[:200] else "ndjson"
        sending = Sending(f"mqtt:{unit}", None, Acceptance.PARTIAL, frozenset({unit}), MAX_AGE)
        answer = json.dumps(ingest_body(store, payload, kind, sending).as_dict(), ensure_ascii=False)
    except DafengError as error:
        if any("room on the disk" in problem.expected for problem in error.problems):
            raise
        log.warning("refused a message on %s: %s", topic[:200], error)
        answer = '{"status": "refused"}'
    return f"dafeng/{unit}/receipts", answer


@dataclass(frozen=True, slots=True)
class Broker:
    """Where messages come from and as whom to ask for them."""

    host: str
    port: int
    username: str | None = None
    password: str | None = None
    tls: bool = False


_PORTS = {"mqtt": 1883, "mqtts": 8883}


def broker_of(text: str) -> Broker:
    """`host:port`, or `mqtt://user:password@host:port`, or `mqtts://…` for TLS. Raises: DafengError for anything else."""
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


def mqtt_worker(broker: str, *, client_id: str = "dafeng") -> Callable[[Store, Event], None]:
    """A worker that subscribes until told to stop. Raises: DafengError as `broker_of`."""
    asked = broker_of(broker)

    def subscribe(store: Store, stop: Event) -> None:
        client = Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=False, manual_ack=True
        )
        if asked.username is not None:
            client.username_pw_set(asked.username, asked.password)
        if asked.tls:
            client.tls_set()

        def on_connect(client: Client, *_: Any) -> None:
            client.subscribe("dafeng/+/readings", qos=1)

        def on_message(client: Client, _: Any, message: MQTTMessage) -> None:
            try:
                topic, answer = take_message(store, message.topic, bytes(message.payload))
            except DafengError as error:
                log.error("not acknowledged: %s", error)
                return
            client.ack(message.mid, message.qos)
            client.publish(topic, answer, qos=1)

        client.on_connect, client.on_message = on_connect, on_message
        client.connect_async(asked.host, asked.port)
        client.loop_start()
        stop.wait()
        client.disconnect()
        client.loop_stop()

    return subscribe
