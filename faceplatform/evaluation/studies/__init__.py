"""Questions behind the design, answered by measurement: `manage.py evaluate --study`.

`weightings`: how frames are fused. `holdout`: whether thresholds keep their promise for people
they were not made from. `sequence`: what an authentication of several looks does as a whole.
`identification`: whether thresholds keep their promise in a search among many.
"""
