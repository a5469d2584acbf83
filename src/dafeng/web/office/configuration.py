"""Configuration of the office: `office.toml` of the workspace, each setting replaced by its environment variable."""

import ipaddress
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from dafeng.evidence import DafengError, Text
from dafeng.tables import nearest
from dafeng.web.office.words import both

PREFIX = "DAFENG_OFFICE_"
LISTS = frozenset({"hosts", "origins"})
NUMBERS = {
    "session_hours": (1, 72),
    "idle_minutes": (5, 1440),
    "processes": (1, 64),
    "upload_mib": (1, 1024),
    "mail_port": (1, 65535),
    "notify_hour": (0, 23),
}
TEXTS = {
    "database": ("postgresql://",),
    "backup_recipient": ("age1",),
    "oidc_issuer": ("https://", "http://127.0.0.1", "http://localhost"),
    "oidc_client": ("",),
    "oidc_claim": ("",),
    "mail_host": ("",),
    "mail_from": ("",),
    "mail_user": ("",),
    "notify_hook": ("https://", "http://"),
}
"""Setting with a text → how it begins. An issuer is asked over TLS, except on this machine."""
CHOICES = {
    "second_factor": ("privileged", "all", "none"),
    "tls": ("proxy", "none"),
    "mail_tls": ("starttls", "tls", "none"),
    "public_pages": ("off", "on"),
}


@dataclass(frozen=True, slots=True)
class Configuration:
    """Settings of an office.

    `hosts` are the names that browsers may use beside this machine's own, `origins` the outer addresses of a proxy
    that rewrites Host, `tls` whether a proxy with TLS is in front, `second_factor` who must have one: those who
    administer, own or review (`privileged`), all, or none. `database` is the URL of PostgreSQL, "" the files of the
    workspace; `backup_recipient` to whom backups are encrypted; `oidc_…` turn single sign-on on;
    `mail_…` and `notify_hook` are the ways of reminders, from `notify_hour` on; `public_pages` shows published lists
    to who is not signed in. `proxy` is the address from which forwarded headers are believed: of this machine, of
    the host of a container, or `*` where nothing but the proxy reaches the port.
    """

    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    tls: str = "none"
    second_factor: str = "privileged"
    session_hours: int = 12
    idle_minutes: int = 60
    processes: int = 2
    upload_mib: int = 64
    database: str = ""
    backup_recipient: str = ""
    oidc_issuer: str = ""
    oidc_client: str = ""
    oidc_claim: str = "preferred_username"
    mail_host: str = ""
    mail_port: int = 25
    mail_tls: str = "none"
    mail_user: str = ""
    mail_from: str = ""
    notify_hook: str = ""
    notify_hour: int = 8
    public_pages: str = "off"
    proxy: str = "127.0.0.1"


def read_configuration(file: Path, environment: Mapping[str, str]) -> Configuration:
    """Read the settings of an office.

    Raises
    ------
    DafengError
        For a file that is no TOML, an unknown setting, or a value out of range.
    """
    given: dict[str, tuple[str, Any]] = {}
    if file.is_file():
        try:
            given = {name: (f"{file}:{name}", value) for name, value in tomllib.loads(file.read_text(encoding="utf-8")).items()}  # fmt: skip
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise DafengError.at(str(file), str(error), both("problem.a_toml_file")) from error
    for name, value in environment.items():
        if name.startswith(PREFIX):
            given[name.removeprefix(PREFIX).lower()] = (name, value)
    known = [one.name for one in fields(Configuration)]
    values: dict[str, Any] = {}
    for name, (where, value) in given.items():
        if name not in known:
            likely = nearest(name, known)
            raise DafengError.at(where, name, Text("、".join(known), ", ".join(known)), likely or "")
        values[name] = _typed(name, where, value)
    return Configuration(**values)


def _typed(name: str, where: str, value: Any) -> Any:
    if name in LISTS:
        listed = value.split(",") if isinstance(value, str) else value
        if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
            raise DafengError.at(where, str(value), both("problem.a_list_of_texts"))
        return tuple(one.strip() for one in listed if one.strip())
    if name in NUMBERS:
        low, high = NUMBERS[name]
        try:
            number = int(str(value))
        except ValueError:
            number = low - 1
        if not low <= number <= high:
            raise DafengError.at(where, str(value), both("problem.a_whole_number_from_to", low=low, high=high))  # fmt: skip
        return number
    if name == "proxy" or name in TEXTS:
        return _text(name, where, value)
    if value not in CHOICES[name]:
        raise DafengError.at(where, str(value), Text("、".join(CHOICES[name]), ", ".join(CHOICES[name])))
    return value


def _text(name: str, where: str, value: Any) -> str:
    """Return a text that begins as its setting wants, or the address of a proxy. Raises: DafengError."""
    if name == "proxy":
        if value == "*" or _is_address(value):
            return str(value)
        raise DafengError.at(where, str(value), both("problem.an_address_of_a_proxy"))
    if not isinstance(value, str) or (value and not value.startswith(TEXTS[name])):
        raise DafengError.at(
            where, str(value).rsplit("@", 1)[-1], " | ".join(f"{one}…" for one in TEXTS[name])
        )
    return value


def _is_address(value: Any) -> bool:
    try:
        ipaddress.ip_address(value if isinstance(value, str) else "")
    except ValueError:
        return False
    return True
