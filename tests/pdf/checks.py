"""What the tests of PDFs ask of a file: its syntax by qpdf, PDF/A by pikepdf, structure by our checker."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pikepdf
from pikepdf import pdfa

from clausebook.pdf.checker import check

# The validator knows levels b only and takes what it does not know for wrong. Each finding that
# our level and our second standard cause by themselves, and why it is none.
EXCUSED = (
    (
        "ISO_19005_2:6.6.4-3",
        r"pdfaid:conformance is 'A', expected 'B'",
        "level A is level B and tags; the validator has no level A",
    ),
    (
        "ISO_19005_2:6.6.2.3.1-1",
        r"XMP property pdfuaid:part is not permitted",
        "PDF/UA-1 clause 5 asks for it, and the file holds the extension schema that allows it",
    ),
    (
        "ISO_19005_2:6.6.2.3.1-1",
        r"XMP property pdfaExtension:schemas is not permitted",
        "6.6.2.3.2 allows extension schemas; the validator knows none",
    ),
    (
        "ISO_19005_2:6.6.2.3.1-1",
        r"XMP namespace pdfa(Extension|Schema|Property)=http://www\.aiim\.org/pdfa/ns/"
        r"(extension/|schema#|property#) is not permitted",
        "the extension schema is written in these",
    ),
)


def not_archival(data: bytes) -> list[str]:
    """What keeps a file from being PDF/A-2, by pikepdf's validator, less what is excused."""
    report = pdfa.validate_written(io.BytesIO(data), "2b")
    return [
        str(finding)
        for finding in report.findings
        if not any(
            finding.rule == rule and re.fullmatch(message, finding.message)
            for rule, message, _ in EXCUSED
        )
    ]


def not_sound(data: bytes) -> list[str]:
    """What qpdf finds wrong with the syntax of a file."""
    with pikepdf.open(io.BytesIO(data), attempt_recovery=False) as pdf:
        return list(pdf.check_pdf_syntax())


def conforms(data: bytes) -> None:
    """A test of this passes when a file is sound, PDF/A-2a and PDF/UA-1."""
    assert not_sound(data) == []
    assert not_archival(data) == []
    assert [str(fault) for fault in check(data)] == []


def changed(data: bytes, change: Callable[[pikepdf.Pdf], None]) -> bytes:
    """A copy of a file with one thing changed."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        change(pdf)
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True, compress_streams=False)
        return out.getvalue()
