"""What several tests need: servers, workspaces, people."""
