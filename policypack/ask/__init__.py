"""Says what happens to a request, and who reaches the backend."""
