"""Tables of returns: GSTR-1 (GST.md section 10), TDS register (11), input tax credit (1)."""
