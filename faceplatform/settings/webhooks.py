"""The settings of webhooks."""

from faceplatform import env

# Allow plain http, as DEBUG does.
FACEPLATFORM_WEBHOOKS_ALLOW_HTTP = env.boolean("FACEPLATFORM_WEBHOOKS_ALLOW_HTTP", default=False)
# Networks whose addresses may be called though they are not public, at any port.
FACEPLATFORM_WEBHOOKS_ALLOWED_NETWORKS = env.networks("FACEPLATFORM_WEBHOOKS_ALLOWED_NETWORKS")
# Ports that may be called at public addresses: those of web servers.
FACEPLATFORM_WEBHOOKS_PORTS = env.ports("FACEPLATFORM_WEBHOOKS_PORTS", "80,443,8080,8443")
