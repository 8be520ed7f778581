from django.apps import AppConfig


class ClientsConfig(AppConfig):
    name = "clients"

    def ready(self) -> None:
        from django.urls import register_converter

        from clients import (
            families,
            schema,  # noqa: F401  (tells drf-spectacular about the token)
        )
        from clients.users import erasure as erasing
        from clients.users.addresses import UserConverter
        from faceplatform import erasure, housekeeping

        register_converter(UserConverter, "user")
        erasure.register(
            "group_memberships", erasing.count_memberships, scrub=erasing.forget_in_admin_log
        )
        # More than one exchange adds.
        housekeeping.register("token families removed", families.remove_expired, in_passing=50)
        housekeeping.register("users erased at their end", erasing.erase_expired, in_passing=2)
