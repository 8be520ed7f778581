"""The definition of each number: the schema's help texts, and the table in `docs/analytics.md`."""

DEFINITIONS = {
    "sessions": "Sessions that ended, whatever their outcome.",
    "enrollments": "Enrollments that ended, whatever their outcome.",
    "enrollments_succeeded": "Enrollments that ended with a template.",
    "authentications": "Verifications and identifications that ended, whatever their outcome.",
    "authentications_succeeded": "Authentications with the outcome success: reason `matched`.",
    "authentications_failed": "Authentications with the outcome failure: neither success, nor "
    "expired, nor cancelled.",
    "expired": "Sessions whose time ran out.",
    "cancelled": "Sessions that a call, or the end of a user, key or client, cancelled.",
    "spoof_sessions": "Sessions with a frame that was suspected as spoof.",
    "frames_received": "Frames posted to these sessions.",
    "frames_accepted": "Good frames among them.",
    "success_rate": "Successes / (successes + failures). Of a dashboard: of authentications. "
    "Expired and cancelled sessions count on neither side.",
    "enrollment_success_rate": "Enrollments that ended with a template / all that ended.",
    "frame_acceptance_rate": "Good frames / frames posted.",
    "unique_users": "Users with a session that ended on the day and was opened for them, or that "
    "recognized them; each once.",
    "unique_users_mean": "Mean of the daily unique users, over the days with a session.",
    "unique_users_most": "Most unique users of a day.",
    "new_enrollments": "Enrollments of the day that ended with a template, repeated ones included.",
    "quality_mean": "Mean quality 0..1 over the sessions that ended with a sample.",
    "similarity_mean": "Mean similarity 0..1 over the sessions that compared, of their last "
    "comparison.",
    "liveness_mean": "Mean liveness score 0..1 over the sessions with a passive check, of their "
    "samples' fused one.",
    "duration_ms_mean": "Mean milliseconds from the opening of a session to its end.",
    "frames_mean": "Mean number of frames of a session.",
    "spoof_rate": "Sessions with a frame suspected as spoof / all sessions.",
    "p50_ms": "Milliseconds within which half of the sessions stay. Percentiles are interpolated "
    "in bins that grow by a quarter. Of a stage: of each session's mean over its frames.",
    "p95_ms": "The same of 95 %.",
    "p99_ms": "The same of 99 %.",
    "would_be_refused": "Verifications that matched, and would not at that operating point. "
    "`least` and `most` differ where it lies within a bin of scores.",
    "would_be_accepted": "Verifications that did not match, and would at that operating point.",
    "decisions": "Verifications that matched or did not.",
    "calls": "Calls of the API, as in the list of usage.",
    "refused": "Calls that were answered with an error, as in the list of usage.",
    "throttled": "Those of the refused calls that were answered with 429.",
    "unavailable": "Those of the refused calls that were answered with 503, once the client was "
    "known.",
    "frames": "Frames measured, or unusable, as in the list of usage.",
    "error_rate": "Calls that were answered with an error / all calls.",
    "users": "Users with a session that ended in the period, each once, added up so far. Users who "
    "were erased since are not among them.",
    "user_sessions": "Sessions of the user that ended in the period.",
    "user_failures": "Those of them with the outcome failure.",
    "many_failures": "Five failures or more in the period, and at least half of the sessions.",
    "new_source": "A capture type and source that the user, seen before the period, first used in "
    "it.",
    "open_enrollments": "Enrollments that are open now.",
    "open_authentications": "Verifications and identifications that are open now.",
    "imports_unfinished": "Bulk imports that wait or run now.",
    "webhook_endpoints_failing": "Endpoints of webhooks whose last delivery failed, or that are "
    "disabled after failures.",
    "sessions_per_user": "Sessions / sum of the daily unique users.",
    "frames_per_success": "Frames posted / sessions, of authentications that succeeded.",
    "weak": "Templates whose quality is below 0.6.",
    "old": "Templates made more than 730 days ago.",
    "single_frame": "Templates made from one frame.",
    "psi": "Population stability index of a week against the reference week: the sum of (p - q) * "
    "ln(p / q) over ten bins of equal width, where p and q are the shares of the week and of the "
    "reference, half a session added to each bin.",
    "is_alert": "The index is 0.25 or more, and both weeks have 200 values or more.",
    "expected_similarity": "Mean similarity of people with themselves in the calibration's "
    "photographs: one frame against templates of as many frames as the client's. Of "
    "identifications: of those that match at the client's operating point.",
    "expected_psi": "Population stability index of the week against the calibration's people, in "
    "the same bins.",
    "is_below": "The mean similarity is below the expected one, that index is 0.25 or more, and "
    "the week has 200 values or more.",
    "refused_share": "Verifications that did not match / those that matched or did not.",
    "expected_refused_share": "The share of genuine comparisons of one frame that the calibration "
    "lets expect below the client's operating point. Further frames make it smaller.",
}
