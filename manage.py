#!/usr/bin/env python
"""Django's command line for this project."""

import os
import sys

from django.core.management import execute_from_command_line

from faceplatform.errors import ConfigurationError

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceplatform.settings.base")
    try:
        execute_from_command_line(sys.argv)
        sys.stdout.flush()
    except ConfigurationError as e:  # of the settings
        sys.exit(e.detail)
    except BrokenPipeError:  # the reader, `| head` say, has seen enough
        # Python flushes once more at its end, and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
