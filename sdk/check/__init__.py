"""Clients generated from the OpenAPI document, each of which runs the README's flow."""
