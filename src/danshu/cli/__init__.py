"""The terminal door: `danshu <command>`, one management command each."""
