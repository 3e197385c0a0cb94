"""Random commands, crashes, tampering and faults at once, held against what was acknowledged."""
