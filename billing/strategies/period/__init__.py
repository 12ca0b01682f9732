"""What a period costs beside its trips: one small file a construct."""
