"""Store tenants, users, groups, sessions, audit and outbox in SQL, on SQLite and PostgreSQL."""
