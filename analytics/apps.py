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
        # The scheduler's alone: each opening would wait for the day's lock.
        housekeeping.register("sessions added to totals", rolling.roll_up, in_passing=0)
        housekeeping.register("weeks checked for drift", drift_alerts.check, in_passing=0)
        housekeeping.register(
            "ended sessions removed from analytics", keeping.remove_old_facts, in_passing=5
        )
        housekeeping.register(
            "rows of analytics removed by policies of clients",
            keeping.remove_by_policies,
            in_passing=0,
        )
        housekeeping.register("hours removed from analytics", hours.remove_old, in_passing=5)
        housekeeping.register("days of users removed", keeping.remove_old_user_days, in_passing=5)
        housekeeping.register(
            "activities of users removed", keeping.remove_old_activity, in_passing=5
        )
        housekeeping.register("security alerts removed", keeping.remove_old_alerts, in_passing=5)
