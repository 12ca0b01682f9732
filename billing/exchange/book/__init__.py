"""The invoice workbook, one small file a sheet; `billing.exchange.workbook` is the door."""
