"""Reports: one document for dry run, run and verification, and its renderings. Pure values."""

from __future__ import annotations

from verify.reports.axes import Axis
from verify.reports.document import Document
from verify.reports.dry_run_document import dry_run_document, gather_named_row
from verify.reports.gathering import Gathering, Group
from verify.reports.html import html_report
from verify.reports.junit import junit_report
from verify.reports.verify_document import verify_document

__all__ = [
    "Axis",
    "Document",
    "Gathering",
    "Group",
    "dry_run_document",
    "gather_named_row",
    "html_report",
    "junit_report",
    "verify_document",
]
