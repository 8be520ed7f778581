from django.apps import AppConfig


class TryItConfig(AppConfig):
    name = "tryit"

    def ready(self) -> None:
        from tryit import checks  # noqa: F401  (registers them)
