"""Files in and out: trip sheets, lists, workbooks, CSV, documents, the demo company."""
