"""What a caller can wish for, one file per noun: a body, and what it decides by the rules.

A command knows nothing of HTTP: a route, a phone's push and the demonstration send the same ones.
"""
