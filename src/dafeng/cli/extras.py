"""Optional parts of the installation: which extra brings which package."""

from collections.abc import Mapping

from dafeng.cli import words
from dafeng.evidence import DafengError, install_extra

EXTRA_OF: Mapping[str, str] = {
    "linopy": "dispatch", "highspy": "dispatch", "tsam": "dispatch", "netCDF4": "dispatch",
    "duckdb": "metering", "ibis": "metering", "pyarrow": "metering", "paho": "metering",
    "django": "web", "ninja": "web", "waitress": "web", "prometheus_client": "web", "psycopg": "web",
    "axes": "web", "django_htmx": "web", "django_otp": "web", "rules": "web", "segno": "web", "whitenoise": "web",
    "bs4": "plan", "lxml": "plan", "docx": "plan", "pypdfium2": "plan", "opencc": "plan",
    "distributed": "cluster", "sqlalchemy": "registers", "alembic": "registers", "rapidfuzz": "registers",
    "pyxform": "registers", "rapidocr": "ocr", "onnxruntime": "ocr",
}  # fmt: skip
"""Top-level module → extra of the package dafeng."""


def missing_extra(error: ModuleNotFoundError) -> DafengError | None:
    """Return the extra to install where its module is missing; None where the module belongs to none.

    >>> missing_extra(ModuleNotFoundError(name="linopy")).problems[0].where
    '没有软件包 linopy · no package linopy'
    """
    module = (error.name or "").partition(".")[0]
    extra = EXTRA_OF.get(module)
    if extra is None:
        return None
    return DafengError.at(
        words.both("problem.no_package", module=module),
        words.both("problem.not_installed"),
        words.both("problem.extra", extra=extra),
        install_extra(extra),
    )
