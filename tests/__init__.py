"""What spans rooms: house rules, whole journeys, and the suite's people, browsers and counters. A room's own tests lie in the room."""
