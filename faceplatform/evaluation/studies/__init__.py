"""Questions behind the design, answered by measurement.

`weightings` compares ways of fusing frames: `manage.py evaluate --study`.
"""
