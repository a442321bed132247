"""The database: tables, the connection to it, and queries scoped to one person."""
