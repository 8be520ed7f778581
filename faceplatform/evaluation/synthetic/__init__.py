"""Frames and attacks made from photographs: they prove the wiring of a check, no error rate.

No printer, no screen, no camera and no person was involved. A check that lets them pass is broken
or blind, and one that refuses them is wired. Only presentations recorded with real instruments give
an error rate.
"""
