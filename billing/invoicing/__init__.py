"""From charges to documents: lines, tax, numbers (DESIGN.md section 2)."""
