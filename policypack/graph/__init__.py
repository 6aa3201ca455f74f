"""Resources and their raw properties."""
