"""The demonstration district: made-up people, played through the real commands on real rules."""
