"""Where resources come from: a program run offline, or the state file of a stack."""
