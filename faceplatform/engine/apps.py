from django.apps import AppConfig


class EngineConfig(AppConfig):
    name = "faceplatform.engine"
    label = "engine"

    def ready(self) -> None:
        from faceplatform.engine.decoding import memory

        memory.give_back()
