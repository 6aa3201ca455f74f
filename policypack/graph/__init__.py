"""Resources with their raw properties, and how they refer to each other."""
