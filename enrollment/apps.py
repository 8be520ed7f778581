from django.apps import AppConfig


class EnrollmentConfig(AppConfig):
    name = "enrollment"

    def ready(self) -> None:
        from clients import stats
        from enrollment import receivers  # noqa: F401  (connects its signal receivers)
        from enrollment.gallery import enrolled_users
        from enrollment.kind import EnrollmentKind
        from faceplatform.sessions.registry import register

        register(EnrollmentKind())
        stats.register("enrolled_users", enrolled_users)
