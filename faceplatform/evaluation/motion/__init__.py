"""Error rates of `liveness.flat_motion` on heads and photographs: `manage.py evaluate_motion`."""
