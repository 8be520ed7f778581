"""How fast and how big: what `make bench` measures. Not installed, not imported by the product."""
