"""Contract: with single sign-on an invited person comes in by what the issuer asserts, nobody else does, and an answer that is
not the issuer's, not for this office, too old or sent twice is refused; without it there is no trace of it.
"""

import base64
import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

jwt = pytest.importorskip("jwt")
rsa = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.rsa")


class Issuer:
    """An issuer on this machine: metadata, keys, tokens; what it asserts is set by the test."""

    def __init__(self):
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.claims, self.nonce, self.challenge, self.seen = {}, "", "", []
        handler = type("Handler", (BaseHTTPRequestHandler,), {"do_GET": lambda handler: self._get(handler), "do_POST": lambda handler: self._post(handler), "log_message": lambda *_: None})  # fmt: skip
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.user = {"sub": "u1", "preferred_username": "clerk"}
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def _get(self, handler):
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key())) | {"kid": "k1", "alg": "RS256"}  # fmt: skip
        answers = {
            "/.well-known/openid-configuration": {
                "issuer": self.url, "authorization_endpoint": f"{self.url}/authorize", "token_endpoint": f"{self.url}/token",
                "userinfo_endpoint": f"{self.url}/userinfo", "jwks_uri": f"{self.url}/jwks",
            },
            "/jwks": {"keys": [public]},
            "/userinfo": self.user,
        }  # fmt: skip
        self._send(handler, answers[handler.path])

    def _post(self, handler):
        body = parse_qs(handler.rfile.read(int(handler.headers["Content-Length"])).decode())
        self.seen.append({name: value[0] for name, value in body.items()})
        digest = hashlib.sha256(body["code_verifier"][0].encode()).digest()
        assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == self.challenge
        claims = {"iss": self.url, "aud": "office", "sub": "u1", "exp": time.time() + 60, "nonce": self.nonce} | self.claims  # fmt: skip
        token = jwt.encode({k: v for k, v in claims.items() if v is not None}, self.key, "RS256", headers={"kid": "k1"})  # fmt: skip
        self._send(handler, {"access_token": "a", "id_token": token})

    @staticmethod
    def _send(handler, value):
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.end_headers()
        handler.wfile.write(json.dumps(value).encode())

    def visit(self, client, address="/sso/?next=/targets/"):
        """Go to the issuer as a browser does and come back with a code; return the office's answer."""
        leave = client.get(address)
        assert leave.status_code == 302, leave.content.decode()
        assert leave["Location"].startswith(f"{self.url}/authorize?")
        asked = {name: value[0] for name, value in parse_qs(urlsplit(leave["Location"]).query).items()}
        assert (asked["client_id"], asked["code_challenge_method"]) == ("office", "S256")
        assert asked["redirect_uri"].endswith("/sso/callback")
        self.nonce, self.challenge = asked["nonce"], asked["code_challenge"]
        return client.get("/sso/callback", {"code": "c", "state": asked["state"]}), asked["state"]


@pytest.fixture
def issuer(office, monkeypatch, switched):
    found = Issuer()
    monkeypatch.setenv("DAFENG_OFFICE_OIDC_ISSUER", found.url)
    monkeypatch.setenv("DAFENG_OFFICE_OIDC_CLIENT", "office")
    (office.keys / "oidc_secret").write_text("s3cret\n")
    with switched(office.root):
        yield found
    found.server.shutdown()
    from dafeng.web.office.people.single_sign_on import _discovered

    _discovered.cache_clear()


def test_an_invited_person_comes_in(issuer):
    from dafeng.web.office.people.models import OpenSession

    client = Client()
    assert 'href="/sso/?next=/"' in client.get("/signin").content.decode()
    answer, state = issuer.visit(client)
    assert (answer.status_code, answer["Location"]) == (302, "/targets/")
    assert client.get("/registers/").status_code == 200
    assert issuer.seen[0]["client_secret"] == "s3cret"
    assert OpenSession.objects.filter(person__username="clerk").count() == 1
    assert Client().get("/sso/callback", {"code": "c", "state": state}).status_code == 403  # another browser
    again = client.get("/sso/callback", {"code": "c", "state": state})
    assert again.status_code == 403  # the same answer once more


@pytest.mark.parametrize(
    ("claims", "user"),
    [
        ({"aud": "another"}, {}), ({"iss": "http://127.0.0.1:1"}, {}), ({"exp": 1}, {}), ({"exp": None}, {}), ({"nonce": "x"}, {}),
        ({}, {"preferred_username": "stranger"}), ({}, {"preferred_username": ""}), ({}, {"sub": "u2"}), ({}, {"preferred_username": "CLERK"}),
    ],
)  # fmt: skip
def test_what_is_not_an_invited_person_of_the_issuer_is_refused(issuer, claims, user):
    from dafeng.web.office.people.models import Person

    issuer.claims, before = claims, Person.objects.count()
    issuer.user |= user
    client = Client()
    answer, _ = issuer.visit(client)
    assert (answer.status_code, "统一认证未成功" in answer.content.decode()) == (403, True)
    assert client.get("/registers/").status_code == 302
    assert Person.objects.count() == before  # nobody is made by a sign-in


def test_who_has_left_does_not_come_in(issuer):
    from dafeng.web.office.people.models import Person

    Person.objects.filter(username="clerk").update(is_active=False)
    assert issuer.visit(Client())[0].status_code == 403


def test_a_token_of_another_key_is_refused(issuer):
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    post, first = issuer._post, issuer.key

    def signed(handler):
        issuer.key = other
        post(handler)
        issuer.key = first

    issuer.server.RequestHandlerClass.do_POST = signed
    assert issuer.visit(Client())[0].status_code == 403


def test_passwords_work_while_the_issuer_is_away(issuer, as_person):
    from dafeng.web.office.people.single_sign_on import _discovered

    issuer.server.shutdown()
    issuer.server.server_close()
    _discovered.cache_clear()
    assert as_person("clerk").get("/").status_code == 200
    answer = Client().get("/sso/")
    assert (answer.status_code, "统一认证未成功" in answer.content.decode()) == (403, True)


def test_without_an_issuer_there_is_none(office):
    assert "/sso/" not in Client().get("/signin").content.decode()
    assert Client().get("/sso/").status_code == 404
    assert Client().get("/sso/callback?code=c&state=s").status_code == 404
