"""How `liveness.flat_motion` separates heads from photographs: `manage.py evaluate_motion`."""
