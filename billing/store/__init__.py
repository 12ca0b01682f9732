"""The database: the only place with SQL (besides billing.server).

Who opens what
    session = billing.store.session.sign_in(profile, email, secret)        one user, one pool of 1 to 5 connections
    with session.unit_of_work(timeout_s=600, name="trips.import") as uow:  one user intention, one transaction
        uow.clients.find(code="CL001")                                     repositories, made when first asked for
        uow.commit()                                                       without it everything is rolled back

Writing a repository
    One class a subject in a file of its own, `__init__(self, connection: sqlalchemy.Connection)`; name it in
    repositories.py. Master data uses records.Records with a Spec; everything else writes its SQL with sqlalchemy.text
    or Core, parameters always bound. `copy.copy_out` reads columns into numpy, `copy.stage` brings arrays to definer
    functions. Never commit, never catch database errors: the unit of work translates them (errors.py).

Writing SQL
    Migrations are resources/sql/NNNN_name.sql (migrate.py). Every new table calls private.protect_table() and gets
    group policies and column grants; definer functions follow SECURITY.md R6; refusals are raised with SQLSTATE MIS01,
    MIS02, MIS04 or MIS05 and the program's code as CONSTRAINT. tests/integration/security reads the catalogue, so new
    tables and functions are checked without being listed.

Installing
    install.install and install.found_workspace, with an administrator's login; a session refuses such logins.
"""
