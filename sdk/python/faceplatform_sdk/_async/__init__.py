"""The async client. ``_sync`` is written from it by ``make sdk``: change only this one."""
