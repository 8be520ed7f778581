"""The product's database, Redis and tables under nothing but a bare view (`bench.bare`)."""

from faceplatform.settings.production import *

ROOT_URLCONF = "bench.bare"
MIDDLEWARE = []
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}
