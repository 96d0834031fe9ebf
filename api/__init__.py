"""The service that phones talk to."""
