"""A report as one HTML file that needs nothing else: no script, no font, no image of a server."""
