-- mis_backup reads sequences too: pg_dump asks for their values, also of those that later files make.

GRANT SELECT ON ALL SEQUENCES IN SCHEMA app, auth, private, audit TO mis_backup;
ALTER DEFAULT PRIVILEGES FOR ROLE mis_owner GRANT SELECT ON SEQUENCES TO mis_backup;
