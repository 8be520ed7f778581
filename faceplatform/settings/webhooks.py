"""The settings of webhooks."""

from faceplatform import env

# Allow plain http, as DEBUG does.
FACEPLATFORM_WEBHOOKS_ALLOW_HTTP = env.boolean("FACEPLATFORM_WEBHOOKS_ALLOW_HTTP", default=False)
# Networks whose addresses may be called though they are not public, at any port.
FACEPLATFORM_WEBHOOKS_ALLOWED_NETWORKS = env.networks("FACEPLATFORM_WEBHOOKS_ALLOWED_NETWORKS")
# Ports that may be called at public addresses: those of web servers.
FACEPLATFORM_WEBHOOKS_PORTS = env.ports("FACEPLATFORM_WEBHOOKS_PORTS", "80,443,8080,8443")
# Requests that one endpoint gets at once.
FACEPLATFORM_WEBHOOKS_PER_ENDPOINT = env.integer(
    "FACEPLATFORM_WEBHOOKS_PER_ENDPOINT", 8, minimum=1, maximum=100
)
# Days of nothing but failures after which an endpoint is disabled.
FACEPLATFORM_WEBHOOKS_DISABLE_DAYS = env.integer(
    "FACEPLATFORM_WEBHOOKS_DISABLE_DAYS", 5, minimum=2, maximum=365
)
# Days after which ended deliveries are removed, and waiting ones of paused endpoints ended.
FACEPLATFORM_WEBHOOKS_DAYS = env.integer("FACEPLATFORM_WEBHOOKS_DAYS", 30, minimum=1, maximum=3650)
# A thread of one of the web processes, or "worker": a process of its own.
FACEPLATFORM_WEBHOOKS_BY = "thread"
# No task is ever sent to it: its name selects the worker that delivers.
FACEPLATFORM_WEBHOOKS_QUEUE = "webhooks"
