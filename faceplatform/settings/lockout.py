"""The settings of lockout, by NIST SP 800-63B-4, section 3.2.3."""

from faceplatform import env

# Consecutive failures until each further attempt
# waits, and until none is allowed; without and with a liveness check.
FACEPLATFORM_LOCKOUT_FAILURES = env.integer(
    "FACEPLATFORM_LOCKOUT_FAILURES", 5, minimum=1, maximum=1000
)
FACEPLATFORM_LOCKOUT_FAILURES_LIVENESS = env.integer(
    "FACEPLATFORM_LOCKOUT_FAILURES_LIVENESS", 10, minimum=1, maximum=1000
)
FACEPLATFORM_LOCKOUT_TOTAL = env.integer(
    "FACEPLATFORM_LOCKOUT_TOTAL", 50, minimum=1, maximum=10_000
)
FACEPLATFORM_LOCKOUT_TOTAL_LIVENESS = env.integer(
    "FACEPLATFORM_LOCKOUT_TOTAL_LIVENESS", 100, minimum=1, maximum=10_000
)
# The first delay; each failure doubles it, up to the longest.
FACEPLATFORM_LOCKOUT_SECONDS = env.integer(
    "FACEPLATFORM_LOCKOUT_SECONDS", 30, minimum=1, maximum=86_400
)
FACEPLATFORM_LOCKOUT_MAX_SECONDS = env.integer(
    "FACEPLATFORM_LOCKOUT_MAX_SECONDS", 3600, minimum=1, maximum=604_800
)
# Hours after which the failed identifications of an address are forgotten, a lock included.
FACEPLATFORM_LOCKOUT_ADDRESS_HOURS = env.integer(
    "FACEPLATFORM_LOCKOUT_ADDRESS_HOURS", 24, minimum=1, maximum=8760
)
