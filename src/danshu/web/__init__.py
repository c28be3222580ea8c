"""The staff pages: one folder per room with `urls`, `pages`, `forms`, and their tests."""
