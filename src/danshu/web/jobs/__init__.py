"""Staff pages: jobs."""
