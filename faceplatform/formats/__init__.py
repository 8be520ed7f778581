"""Formats of pages by language, which take the place of Django's (`FORMAT_MODULE_PATH`)."""
