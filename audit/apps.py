from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "audit"
    verbose_name = "Audit"

    def ready(self) -> None:
        from django.conf import settings
        from django.contrib.auth.signals import (
            user_logged_in,
            user_logged_out,
            user_login_failed,
        )
        from django.db.models.signals import pre_delete

        from audit import counting, erasing, receivers, register, retention, rules, sealing, staff
        from audit.models import AuditChain, AuditEntry
        from clients import deletion
        from faceplatform import acting, erasure, events, housekeeping, suspicion

        rules.thresholds(settings.FACEPLATFORM_SECURITY_ALERTS)  # a wrong number is told at once
        events.published.connect(receivers.receive, dispatch_uid="audit")
        events.published.connect(receivers.hint, dispatch_uid="audit_hints")
        suspicion.register(counting.count)
        acting.staff_acted.connect(staff.acted)
        acting.second_factor_told.connect(staff.factor_told)
        user_logged_in.connect(staff.signed_in)
        user_logged_out.connect(staff.signed_out)
        user_login_failed.connect(staff.failed)
        erasure.register("audit_entries", erasing.count_entries, scrub=erasing.forget_entries)
        erasure.register("security_events", erasing.count_events, scrub=erasing.forget_events)
        for model in (AuditChain, AuditEntry):
            deletion.leave_alone(model)
        pre_delete.connect(register.end, sender="clients.Client", dispatch_uid="audit_chains")
        housekeeping.register("audit heads noted", register.note_heads)
        housekeeping.register("audit entries sealed", sealing.seal)
        housekeeping.register("audit entries removed", retention.remove_old_entries)
        housekeeping.register("security events removed", retention.remove_old_events)
