"""The Python SDK: what it sends, repeats and raises. Both clients run the same tests."""
