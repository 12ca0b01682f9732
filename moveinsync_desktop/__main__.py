"""`python -m moveinsync_desktop` is the `moveinsync` command."""

from moveinsync_desktop.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
