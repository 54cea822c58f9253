"""What must survive: the due set, the records and the outbox, kept in Valkey or Redis."""
