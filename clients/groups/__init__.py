"""Groups of a client's users."""
