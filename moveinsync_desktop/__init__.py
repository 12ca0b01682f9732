"""The desktop window and the `moveinsync` command over the billing core."""
