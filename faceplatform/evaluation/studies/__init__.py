"""Questions behind the design, answered by measurement.

`weightings` compares ways of fusing frames: `manage.py evaluate --study`. `holdout` checks the
promised rates of `trials` on people that the thresholds were not made from: `bench.promise`.
"""
