"""Windows that ask before something happens: import, confirmation, forms in a dialog."""
