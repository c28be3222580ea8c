"""Staff pages: orders."""
