"""What holds for all tests: under continuous integration nothing is skipped, elsewhere every skip is counted."""

import os

import pytest
from hypothesis import settings

# Under continuous integration the same examples every time, so that a change is judged by itself; elsewhere new
# ones in each run, which find what nobody thought of. Tests judge results, never times.
settings.register_profile("results", deadline=None)
settings.register_profile("integration", deadline=None, derandomize=True)
settings.register_profile("proof", deadline=None, max_examples=2_000)
PROVE = os.environ.get("DAFENG_PROVE") == "1"
settings.load_profile("proof" if PROVE else "integration" if os.environ.get("CI") == "true" else "results")


def pytest_collection_modifyitems(config, items):
    """What is marked `prove` runs in `make prove` alone: it is deselected, not skipped."""
    if PROVE:
        return
    kept = [item for item in items if item.get_closest_marker("prove") is None]
    if len(kept) < len(items):
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept


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
