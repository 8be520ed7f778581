"""Examples for the OpenAPI schema."""
