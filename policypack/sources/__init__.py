"""The sources of resources: a program run offline, a state file, or a preview."""
