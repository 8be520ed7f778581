"""The task of Celery beat. It may run twice at once: a chain is left to the first sealer."""

from celery import shared_task

from audit import sealing


@shared_task(name="faceplatform.seal_audit", ignore_result=True)
def seal_audit() -> None:
    """Seal the audit entries of the last seconds."""
    sealing.seal_all()
