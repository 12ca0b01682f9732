"""E-invoices: the portal's INV-01 form of a document, its rules, and the portal's answers (GST.md section 9)."""
