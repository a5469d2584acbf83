"""Contract: a person for whom something waits is reminded once a day by each way that is set, with numbers and no content; what could
not be sent is tried again; an address is given by the person alone.
"""

import json
import socketserver
import threading
from contextlib import contextmanager
from datetime import date
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

TODAY = date(2026, 11, 30)


class Mailbox(socketserver.StreamRequestHandler):
    """As much of SMTP (RFC 5321) as a client needs to hand over a message."""

    def handle(self):
        self.wfile.write(b"220 mailbox\r\n")
        for line in self.rfile:
            word = line[:4].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                body = b""
                while not body.endswith(b"\r\n.\r\n"):
                    body += self.rfile.readline()
                self.server.received.append(message_from_bytes(body[:-3], policy=policy.default))
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
            if word == b"QUIT":
                return


class Hook(BaseHTTPRequestHandler):
    def do_POST(self):
        content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.received.append(content)
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_):
        pass


@contextmanager
def running(server):
    server.received = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def ways(office):
    """A mailbox and a hook, and settings that name them."""
    from dataclasses import replace

    from django.conf import settings
    from django.test import override_settings

    hook = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    hook.status = 200
    with running(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mailbox)) as mailbox, running(hook):
        address = f"http://127.0.0.1:{hook.server_address[1]}/"
        chosen = replace(settings.CONFIGURATION, mail_host="127.0.0.1", notify_hook=address, origins=("https://office.example",))  # fmt: skip
        with override_settings(
            CONFIGURATION=chosen, EMAIL_HOST="127.0.0.1", EMAIL_PORT=mailbox.server_address[1],
            EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
        ):  # fmt: skip
            yield mailbox.received, hook


def test_each_person_is_reminded_once_a_day(ways, as_person):
    from dafeng.web.office.records.reminding import remind

    mails, hook = ways
    assert as_person("clerk").post("/me/address", {"email": "clerk@office.example"}).status_code == 302
    assert remind(TODAY) > 0
    [mail] = mails
    text = mail.get_content()
    assert mail["To"] == "clerk@office.example"
    assert "待办" in mail["Subject"]
    assert "逾期未报" in text
    assert "https://office.example/" in text
    by_person = {one["person"]: one for one in hook.received}
    assert by_person["clerk"]["numbers"]["overdue"] > by_person["county"]["numbers"]["overdue"] > 0
    assert "reader" not in by_person  # who has nothing to do
    assert "仿真" not in json.dumps(hook.received, ensure_ascii=False).replace(
        "示例", ""
    )  # numbers, no content
    assert (remind(TODAY), len(mails)) == (0, 1)
    assert remind(date(2026, 12, 1)) > 0


def test_what_could_not_be_sent_is_tried_again(ways):
    from dafeng.web.office.records.reminding import remind

    _, hook = ways
    hook.status = 503
    assert remind(TODAY) == 0
    refused = len(hook.received)
    hook.status = 200
    assert remind(TODAY) == refused
    assert remind(TODAY) == 0


def test_without_a_way_nobody_is_reminded(office):
    from dafeng.web.office.desk.models import Reminder
    from dafeng.web.office.records.reminding import is_on, remind

    assert not is_on()
    assert remind(TODAY) == 0
    assert not Reminder.objects.exists()


def test_an_address_is_one_s_own(as_person):
    from dafeng.web.office.people.models import Person

    clerk = as_person("clerk")
    for wrong in ("x", "a@b\r\nBcc: c@d.example", "<script>@x"):
        assert clerk.post("/me/address", {"email": wrong}).status_code == 400
    assert clerk.post("/me/address", {"email": "a@b.example"}).status_code == 302
    assert Person.objects.get(username="clerk").email == "a@b.example"
    assert clerk.post("/me/address", {"email": ""}).status_code == 302
    assert Person.objects.get(username="clerk").email == ""
