"""Compares what AWS holds with what the state of a deployed stack contains (`gateway-policy verify`)."""
