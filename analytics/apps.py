from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    name = "analytics"
    verbose_name = "Alerts"

    def ready(self) -> None:
        from analytics import drift_alerts, hours, index_panels, keeping, recording, rolling
        from faceplatform import erasure, events, housekeeping

        index_panels.register()
        events.published.connect(
            recording.record_session,
            sender=events.SessionEnded,
            dispatch_uid="analytics_session",
        )
        events.published.connect(
            recording.record_alert, sender=events.SecurityAlert, dispatch_uid="analytics_alert"
        )
        erasure.register("session_facts", keeping.count_facts, scrub=keeping.forget_in_facts)
        erasure.register("user_days", keeping.count_user_days)
        erasure.register("user_activity", keeping.count_activity)
        erasure.register("security_alerts", keeping.count_alerts, scrub=keeping.forget_in_alerts)
        housekeeping.register("sessions added to totals", rolling.roll_up)
        housekeeping.register("weeks checked for drift", drift_alerts.check)
        housekeeping.register("ended sessions removed from analytics", keeping.remove_old_facts)
        housekeeping.register(
            "rows of analytics removed by policies of clients", keeping.remove_by_policies
        )
        housekeeping.register("hours removed from analytics", hours.remove_old)
        housekeeping.register("days of users removed", keeping.remove_old_user_days)
        housekeeping.register("activities of users removed", keeping.remove_old_activity)
        housekeeping.register("security alerts removed", keeping.remove_old_alerts)
