"""Contract: the samples of examples/deploy fit what dafeng serves: port, options, headers, sizes; systemd and nginx accept theirs
where they are installed.
"""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import typer

from dafeng.cli.workspace import serve
from dafeng.web.office.configuration import CHOICES, Configuration

ROOT = Path(__file__).parents[3]
SAMPLES = ROOT / "examples" / "deploy"
PORT = 8770


def sample(name):
    return (SAMPLES / name).read_text(encoding="utf-8")


def options(line):
    return set(re.findall(r"--[a-z-]+", line))


def served():
    application = typer.Typer()
    application.command()(serve)
    command = typer.main.get_command(application)
    return {name for parameter in command.params for name in parameter.opts}, {one.name: one.default for one in command.params}  # fmt: skip


def test_the_samples_use_the_port_and_the_options_that_there_are():
    known, defaults = served()
    assert defaults["port"] == PORT
    unit, container = sample("dafeng.service"), " ".join(re.search(r"CMD (\[.*\])", sample("Containerfile")).group(1).split('"'))  # fmt: skip
    for line in (re.search("ExecStart=(.*)", unit).group(1), container):
        assert options(line) <= known
        assert str(PORT) in line
    for name in ("nginx.conf", "Caddyfile"):
        assert f"127.0.0.1:{PORT}" in sample(name)
    assert f"EXPOSE {PORT}" in sample("Containerfile")


def test_the_samples_set_what_the_office_trusts():
    nginx, unit = sample("nginx.conf"), sample("dafeng.service")
    for header in ("Host $http_host", "X-Forwarded-For $remote_addr", "X-Forwarded-Proto $scheme"):
        assert f"proxy_set_header {header};" in nginx
    assert f"client_max_body_size {Configuration().upload_mib}m;" in nginx
    assert nginx.count("{") == nginx.count("}") == 3
    name, value = re.search("DAFENG_OFFICE_(.*)=(.*)", unit).groups()
    assert value in CHOICES[name.lower()]
    workspace = re.search(r"--workspace (\S+)", unit).group(1)
    assert f"ReadWritePaths={workspace}" in unit


def test_the_container_installs_extras_that_there_are():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]  # fmt: skip
    named = re.search(r"\[([a-z,]+)\]'", sample("Containerfile")).group(1).split(",")
    assert set(named) <= set(extras)
    assert "USER dafeng" in sample("Containerfile")


@pytest.mark.system
def test_systemd_accepts_the_unit(tmp_path):
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("needs systemd")
    text = sample("dafeng.service").replace("/opt/dafeng/bin/dafeng", "/bin/true")
    (tmp_path / "dafeng.service").write_text(text, encoding="utf-8")
    done = subprocess.run([program, "verify", str(tmp_path / "dafeng.service")], capture_output=True, text=True, check=False)  # fmt: skip
    assert [line for line in done.stderr.splitlines() if "dafeng.service" in line] == []
    (tmp_path / "dafeng.service").write_text(text.replace("PrivateTmp=", "PrivatTmp="), encoding="utf-8")
    done = subprocess.run([program, "verify", str(tmp_path / "dafeng.service")], capture_output=True, text=True, check=False)  # fmt: skip
    assert "PrivatTmp" in done.stderr


# nginx is no program that `.ci/run` installs: where it is, it judges the sample itself
if shutil.which("nginx"):

    @pytest.mark.system
    def test_nginx_accepts_its_sample(tmp_path):
        program = shutil.which("nginx")
        text = re.sub(r"\s+ssl_certificate(_key)?\s+\S+", "", sample("nginx.conf")).replace("443 ssl http2", "8443").replace("listen 80;", "listen 8080;")  # fmt: skip
        folders = "".join(f"{one}_temp_path {tmp_path}/{one}; " for one in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))  # fmt: skip
        main = f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off; {folders}{text} }}"
        (tmp_path / "nginx.conf").write_text(main, encoding="utf-8")
        subprocess.run([program, "-t", "-c", str(tmp_path / "nginx.conf")], check=True)
