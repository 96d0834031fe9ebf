"""The rules of calls and home visits to children and elders: pure, like all rules here."""
