"""Benchmarks of speed and size, for `make bench`. The product does not import this package."""
