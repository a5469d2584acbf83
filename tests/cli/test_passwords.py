"""Contract: a password is no argument, which `ps` shows to everybody: it is refused with the variable for it, and not repeated."""

import pytest
from typer.testing import CliRunner

from dafeng.cli.metering import app
from dafeng.evidence import DafengError


@pytest.mark.parametrize(
    ("arguments", "variable"),
    [
        (("status", "--store", "clickhouse://u:s3cret@127.0.0.1:1/x"), "DAFENG_STORE"),
        (("serve", "--store", "s", "--mqtt", "mqtts://u:s3cret@127.0.0.1"), "DAFENG_MQTT"),
        (("serve", "--store", "s", "--mqtt", "u:s3cret@127.0.0.1:1883"), "DAFENG_MQTT"),
        (("key", "--store", "s", "--database", "postgresql://u:s3cret@127.0.0.1/x"), "DAFENG_KEYS"),
    ],
)  # fmt: skip
def test_a_password_in_an_argument_is_refused(arguments, variable):
    with pytest.raises(DafengError, match=variable) as caught:
        CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert "s3cret" not in str(caught.value)


def test_it_is_read_from_the_environment():
    with pytest.raises(DafengError, match="ClickHouse server"):
        CliRunner(env={"DAFENG_STORE": "clickhouse://u:s3cret@127.0.0.1:1/x"}).invoke(
            app, ["status"], catch_exceptions=False
        )
