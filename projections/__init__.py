"""Read models computed from the book.

A view is a function of the events: it can be dropped and built again at any time, beside the one
that serves. Words about a person never enter a view; it keeps the positions of their sealed events.
"""
