"""The six layers, each usable alone on an API that someone else built."""
