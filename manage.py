#!/usr/bin/env python
"""Django's command line for this project."""

import os
import sys

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import OperationalError

from faceplatform.errors import ConfigurationError


def main(arguments: list[str]) -> None:
    """Run a command, `init_env` without our settings: they would create keys in the data folder."""
    if arguments[1:2] == ["init_env"]:
        from faceplatform.system.management.commands import init_env

        settings.configure()
        init_env.Command().run_from_argv(arguments)
    else:
        execute_from_command_line(arguments)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceplatform.settings.base")
    try:
        main(sys.argv)
        sys.stdout.flush()
    except ConfigurationError as e:  # of the settings
        sys.exit(e.detail)
    except ImproperlyConfigured as e:
        if "MySQLdb" not in str(e):
            raise
        sys.exit("mysqlclient is missing: install requirements/mysql.txt")
    except OperationalError as e:
        sys.exit(f"The database does not answer ({e}): check DATABASE_URL, and that it runs")
    except BrokenPipeError:  # the reader, `| head` say, has seen enough
        # Python flushes once more at its end, and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
