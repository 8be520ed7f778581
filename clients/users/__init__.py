"""A client's users: their addresses, what is recorded about them, their erasure."""
