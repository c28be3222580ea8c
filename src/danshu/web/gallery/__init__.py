"""Staff pages: gallery."""
