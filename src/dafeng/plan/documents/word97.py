"""Conversion of Word 97 documents to .docx by LibreOffice, where it is installed.

They are .doc, and .wps whose bytes are Word 97.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

from dafeng.evidence import DafengError

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SECONDS = 120
_EXPECTED = "a .docx, .pdf, .html or .txt"


def as_docx(data: bytes, name: str) -> bytes:
    """Convert a Word 97 document to the bytes of a .docx.

    The converter runs without a window, with a profile of its own, for two minutes at most.

    Raises
    ------
    DafengError
        For an encrypted file, a workbook, where LibreOffice is missing and where it fails.
    """
    if "EncryptedPackage".encode("utf-16-le") in data or "EncryptionInfo".encode("utf-16-le") in data:
        raise DafengError.at(name, "an encrypted document", _EXPECTED, "save it without password")
    if "WordDocument".encode("utf-16-le") not in data:
        raise DafengError.at(
            name, "an old Office file that is no Word document", _EXPECTED, "save it as .docx"
        )  # fmt: skip
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        raise DafengError.at(
            name, "an old Word file (.doc, .wps)", _EXPECTED,
            "install LibreOffice, or save it as .docx",
        )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="dafeng-word-") as folder:
        source = Path(folder) / "plan.doc"
        source.write_bytes(data)
        command = [
            program, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--norestore", "--convert-to", "docx",
            "--outdir", f"{folder}/out", str(source),
        ]  # fmt: skip
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=_SECONDS)
            return (Path(folder) / "out" / "plan.docx").read_bytes()
        except (OSError, subprocess.SubprocessError) as error:
            raise DafengError.at(
                name, "a Word file that LibreOffice cannot convert", _EXPECTED, "save it as .docx"
            ) from error  # fmt: skip
