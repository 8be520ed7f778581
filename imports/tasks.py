"""The task of Celery beat. It may run twice at once: the lease decides which run works."""

from celery import shared_task

from imports import running

# Short, so that the clean-ups of the same worker, which beat queues each minute, come in between.
_SECONDS = 5.0


@shared_task(name="faceplatform.run_imports", ignore_result=True)
def run_imports() -> None:
    """Process items for some seconds."""
    running.run(running.Turn(seconds=_SECONDS))
