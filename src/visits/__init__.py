"""The rules of calls and home visits to children and elders. Pure: no clock, no ids made, no I/O."""
