"""Contract: what `dafeng inventory` shows fits a terminal of 80 columns; what is missing is NE, never nan."""

import pytest
from typer.testing import CliRunner

from dafeng.cli.inventory import app


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("keys", "jiujiang"), ("1.A.1.a.i", "发电", "钢铁", "IPCC类别")),
        (("indicators", "jiujiang"), ("能耗强度降幅", "NE", "tce/万元")),
        (("recalculate", "jiujiang", "--factors", "guide2011"), ("炼厂干气", "因子", "另有")),
    ],
)
def test_tables_fit_and_speak(arguments, told):
    done = CliRunner().invoke(app, arguments, env={"COLUMNS": "80"})
    assert done.exit_code == 0, done.output
    assert "…" not in done.stdout
    assert "nan" not in done.stdout
    for words in told:
        assert words in done.stdout
