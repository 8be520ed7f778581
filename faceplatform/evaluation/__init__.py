"""Accuracy of recognition models, measured on labelled images.

The steps of a measurement: `pairs` reads the list of pairs, `acquisition` makes embeddings of the
images by the stages of the product, `comparisons` and `fusion` compare them, `metrics` and
`intervals` compute error rates, `calibration_file`, `det_plot` and `report` write the results.
`studies` answers questions behind the design. The entry point is `manage.py evaluate`.
"""
