from django.contrib import admin

from authentication.models import AuthenticationSession
from faceplatform.sessions.admin import CaptureSessionAdmin

admin.site.register(AuthenticationSession, CaptureSessionAdmin)
