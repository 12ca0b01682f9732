"""The billing core: rates trips by contract rules, makes invoices, keeps them in PostgreSQL. No Qt, no window."""
