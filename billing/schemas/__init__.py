"""Records: frozen data that the layers hand to each other, one file a subject."""
