"""Staff pages: stock."""
