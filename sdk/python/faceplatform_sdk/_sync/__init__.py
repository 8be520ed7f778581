"""The sync client. ``make sdk`` writes it from ``_async``: change that one."""
