"""The embedded default on the database that DATABASE_URL names."""

from faceplatform import env
from faceplatform.settings.base import *  # noqa: F403
from faceplatform.settings.mysql import database

DATABASES = {"default": database("DATABASE_URL", env.text("DATABASE_URL"))}
