"""Settings of `bench.bare`: the product's database, Redis and tables, and nothing else."""

from faceplatform.settings.production import *

ROOT_URLCONF = "bench.bare"
MIDDLEWARE = []
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}
