"""Staff pages: products."""
