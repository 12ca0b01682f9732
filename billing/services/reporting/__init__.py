"""One framework for all reports: a report is a title, what it asks, typed columns, a query and where its rows lead.

    from billing.services.reporting import read_report, write_report
    table = read_report(session, "accrual", Asked(client="CL001", month=date(2026, 10, 1)))
To add one: a ReportKind in a module of this package, named in catalogue.REPORTS. Screen, command line, xlsx, CSV and
JSON need nothing more.
"""

from __future__ import annotations

from billing.services.reporting.run import read_report, report_json, report_kinds, write_report

__all__ = ["read_report", "report_json", "report_kinds", "write_report"]
