from django.apps import AppConfig


class EnrollmentConfig(AppConfig):
    name = "enrollment"
    verbose_name = "Enrollments"

    def ready(self) -> None:
        from clients import deletion, stats
        from clients.users import enrolled
        from enrollment import (
            erasing,
            gallery,
            receivers,  # noqa: F401  (connects its signal receivers)
            removal,
        )
        from enrollment.kind import EnrollmentKind
        from faceplatform import housekeeping
        from faceplatform.sessions.registry import register

        register(EnrollmentKind())
        stats.register("enrolled_users", gallery.enrolled_users)
        enrolled.provide(gallery.enrolled)
        erasing.register()
        deletion.also_delete(gallery.changes_of)
        deletion.also_delete(gallery.head_of)
        housekeeping.register("enrollments removed at their end", removal.remove_expired)
