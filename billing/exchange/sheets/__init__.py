"""Trip sheets in: read, find the header, map columns, parse strictly, check every row (DESIGN.md section 6)."""
