"""The time bank's rules: volunteers, orders, hours and the purse. Pure: no clock, no ids made, no I/O."""
