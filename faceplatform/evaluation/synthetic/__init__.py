"""Sequences of frames made from photographs: they prove the wiring of a check, no error rate."""
