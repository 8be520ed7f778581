"""Questions behind the design, answered by measurement: `manage.py evaluate --study`.

`weightings` compares ways of fusing frames. `holdout` checks thresholds on people that they were
not made from. `sequence` measures an authentication of several frames as a whole. `identification`
checks thresholds in a search among many.
"""
