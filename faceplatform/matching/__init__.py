"""Embeddings in, numbers out: similarity, fusion, calibration, exact search. Knows no pixels."""
