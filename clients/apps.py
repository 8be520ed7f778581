from django.apps import AppConfig


class ClientsConfig(AppConfig):
    name = "clients"
    verbose_name = "Clients and users"

    def ready(self) -> None:
        from corsheaders.signals import check_request_enabled
        from django.urls import register_converter

        from clients import (
            alerts,
            deletion,
            families,
            schema,  # noqa: F401  (tells drf-spectacular about the token)
            usage,
        )
        from clients.cors import may_be_answered
        from clients.lockout import services as lockout
        from clients.users import erasure as erasing
        from clients.users.addresses import SLASH_HINT, UserConverter
        from faceplatform import erasure, events, housekeeping, metering
        from faceplatform.api import addresses

        register_converter(UserConverter, "user")
        addresses.add_hint("/api/clients/users/", SLASH_HINT)
        check_request_enabled.connect(may_be_answered)
        events.published.connect(alerts.log_alert, sender=events.SecurityAlert)
        metering.register(usage.record)
        erasure.register(
            "group_memberships", erasing.count_memberships, scrub=erasing.forget_in_admin_log
        )
        erasure.register("failed_attempts", erasing.count_attempts)
        # More than one exchange adds.
        housekeeping.register("token families removed", families.remove_expired)
        housekeeping.register("users erased at their end", erasing.erase_expired)
        housekeeping.register(
            "counts of failed identifications forgotten", lockout.forget_addresses
        )
        housekeeping.register("days of usage removed", usage.remove_old)
        housekeeping.register("rows of deleted clients removed", deletion.delete_next)
