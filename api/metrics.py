"""Figures for Prometheus. Routes are named by template, so no id and no person is in them."""

from functools import cache

from prometheus_client import CollectorRegistry, Gauge, Histogram, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """The figures of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        self.requests = Histogram(
            "timebank_request_seconds",
            "Time to answer, by route template",
            ("method", "route", "status"),
            registry=self.registry,
            buckets=BUCKETS,
        )
        self.book_position = self._gauge("timebank_book_position", "Last position of the book")
        self.view_position = Gauge(
            "timebank_view_position",
            "Last position that a view shows",
            ("view",),
            registry=self.registry,
        )
        self.read_only = self._gauge("timebank_read_only", "1 while the book refuses writes")
        # One look-up instead of three per request.
        self.observe = cache(lambda *labels: self.requests.labels(*labels).observe)

    def _gauge(self, name: str, words: str) -> Gauge:
        return Gauge(name, words, registry=self.registry)

    def text(self) -> bytes:
        """All figures as Prometheus reads them."""
        return generate_latest(self.registry)
