"""Icons, themes, fonts, SQL, templates: read through importlib.resources."""
