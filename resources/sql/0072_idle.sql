-- A window that nobody touched for 15 minutes asks for the password again; a workspace that said otherwise keeps what it said.

ALTER TABLE app.workspace ALTER COLUMN idle_minutes SET DEFAULT 15;
