"""What is seen: one module a screen, the main window, sign-in; shared parts in widgets/."""
