"""Qt item models: they show rows and hold no rules. `columns` says how, `rows` and `paged` say which."""
