"""Embeddings in, numbers out: similarity, fusion, calibration, exact search. No pixels."""
