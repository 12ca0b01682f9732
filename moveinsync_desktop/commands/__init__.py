"""One module a command of `moveinsync`: `add_arguments(parser)` declares it, `run(args)` does it (exit status)."""
