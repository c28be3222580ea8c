"""After-sales as tickets with an owner, a clock and a closing condition."""
