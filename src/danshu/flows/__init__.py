"""Stories across rooms, `wiring` (facts meet reactions) and `schedules` (clocks meet work)."""
