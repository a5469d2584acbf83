"""Contract: what is wrong with a command line, and the frame of every help, is told in Chinese first with English beside."""

import re
import sys

import pytest

from dafeng.cli import main
from dafeng.evidence import chinese

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def _typed(
    line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[object, str, str]:
    monkeypatch.setattr(sys, "argv", ["dafeng", *line.split()])
    with pytest.raises(SystemExit) as end:
        main()
    shown = capsys.readouterr()
    return end.value.code, shown.out, shown.err


@pytest.mark.parametrize(
    ("line", "zh", "en"),
    [
        ("nosuch", "没有命令 'nosuch'。", "No such command 'nosuch'."),
        ("case chek", "没有命令 'chek'。是否为 'check', 'schema'？", "Did you mean 'check', 'schema'?"),
        ("run", "缺少参数 'case'。", "Missing argument 'case'."),
        ("case from-xlsx a.xlsx", "缺少参数 'DIR'。", "Missing argument 'DIR'."),
        ("run jiujiang extra words", "多出的参数（extra words）。", "Got unexpected extra argument(s) (extra words)"),
        ("run jiujiang --nosuch", "没有选项 --nosuch", "No such option: --nosuch"),
        ("run jiujiang --sampels 3", "（可用的选项：--samples）。", "(Possible options: --samples)"),
        ("run jiujiang --samples", "选项 '--samples' 后面应有数值或文本。", "Option '--samples' requires an argument."),
        ("run jiujiang --samples abc", "'--samples' 的值不对：应为整数。", "Invalid value for '--samples'"),
        ("assess dual-control jiujiang --samples 3", "应不小于 64。", "greater than or equal to 64"),
        ("run jiujiang --language fr", "'fr' 不在可选值之内：'zh', 'en'。", "'fr' is not one of 'zh', 'en'."),
        ("inventory run jiujiang --json=3", "选项 '--json' 不带值。", "Option '--json' does not take a value."),
    ],
)  # fmt: skip
def test_a_usage_error_has_both_languages(line, zh, en, monkeypatch, capsys):
    code, out, err = _typed(line, monkeypatch, capsys)
    told = err.strip().splitlines()[-1]
    assert (code, out) == (2, "")
    assert zh in told
    assert en in told
    assert CHINESE.match(told.lstrip("'-_abcdefghijklmnopqrstuvwxyz "))


def test_the_frame_of_help_has_both_languages(monkeypatch, capsys):
    code, out, _ = _typed("run --help", monkeypatch, capsys)
    assert code == 0
    assert re.match(r"用法 · Usage: .*dafeng run \[OPTIONS\]", out)
    for heading in ("参数 · Arguments:", "选项 · Options:", "[必填 · required]", "[默认：8192 · default: 8192]", "显示本说明并退出。"):  # fmt: skip
        assert heading in out
    code, _, err = _typed("case", monkeypatch, capsys)
    assert code == 2
    assert "命令 · Commands:" in err


def test_a_refusal_of_the_operating_system_is_in_chinese(monkeypatch, capsys):
    code, _, err = _typed("plan diff /nosuch/a /nosuch/b", monkeypatch, capsys)
    assert code == 1
    assert "读到“没有这个文件或文件夹”" in err
    assert "found No such file or directory" in err


def test_what_a_library_or_python_says_is_in_chinese_too():
    assert chinese("[Errno 2] No such file or directory: 'jiujiang/summary.json'") == "没有这个文件或文件夹"
    assert chinese("permission denied") == "没有读写权限"
    assert chinese("invalid Zip archive: Could not find EOCD") == "不是工作簿或已损坏的文件"
    assert chinese("Cannot detect file format") == "无法识别的文件格式"
    assert chinese("a file") == "文件"
