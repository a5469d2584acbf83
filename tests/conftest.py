"""What holds for all tests: under continuous integration nothing is skipped, elsewhere every skip is counted."""

import os

import pytest
from hypothesis import settings

# Under continuous integration the same examples every time, so that a change is judged by itself; elsewhere new
# ones in each run, which find what nobody thought of. Tests judge results, never times.
settings.register_profile("results", deadline=None)
settings.register_profile("integration", deadline=None, derandomize=True)
settings.load_profile("integration" if os.environ.get("CI") == "true" else "results")


def pytest_configure(config):
    # Fonts, locale and home of the machine must not leak into results.
    os.environ.setdefault("TZ", "Asia/Shanghai")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session, exitstatus):
    """CI=true means that everything a test needs has been installed: a skip is then a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if skipped and os.environ.get("CI") == "true" and exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter.write_line(f"\n{len(skipped)} skipped although CI=true; each is named above", red=True)


def pytest_terminal_summary(terminalreporter):
    skipped = terminalreporter.stats.get("skipped", [])
    terminalreporter.write_line(f"skipped: {len(skipped)}")
