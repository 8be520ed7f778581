"""The lease on the processing of items: one process at a time has it.

A process that loses it to another one, because it was stopped for longer than the lease lasts, does
no harm: each item ends once. The lease keeps the load at one item at a time.
"""

from datetime import timedelta

from django.conf import settings

from faceplatform.leases.lease import Lease

# In addition to the time that one frame may take.
_SPARE_SECONDS = 20


def _duration() -> timedelta:
    return timedelta(seconds=settings.FACEPLATFORM_FRAME_SECONDS + _SPARE_SECONDS)


LEASE = Lease("imports", _duration)
