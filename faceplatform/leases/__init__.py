"""Leases: work that one process at a time does."""
