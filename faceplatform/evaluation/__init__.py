"""How well a recognition model tells people apart, measured on labelled pictures.

The order of a measurement: `pairs` reads what is to be compared, `acquisition` makes embeddings of
the pictures by the product's own stages, `comparisons` and `fusion` compare them, `metrics` and
`intervals` count, `calibration_file`, `det_plot` and `report` write it down. `studies` answers the
questions behind the design. `manage.py evaluate` is the way in.
"""
