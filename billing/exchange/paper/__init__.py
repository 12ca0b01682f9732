"""Documents as they are printed: one content for workbook, PDF and screen, and the HTML that Qt turns into pages."""
