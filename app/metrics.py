"""Figures in Prometheus' text format: gauges with their labels, written by its own client library."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

PREFIX = "paraph_"
TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8"
Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Metric:
    """One gauge with its values by labels: {(("status", "sent"),): 3}; all have the same label names."""

    name: str
    help: str
    values: Mapping[Labels, float]


def as_text(metrics: Iterable[Metric]) -> str:
    """Return the metrics as a scrape answers them."""
    registry = CollectorRegistry()
    registry.register(_Read(list(metrics)))
    return generate_latest(registry).decode()


class _Read(Collector):
    """What was read already, as the library wants to collect it."""

    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for metric in self._metrics:
            names = [name for name, _ in next(iter(metric.values), ())]
            family = GaugeMetricFamily(PREFIX + metric.name, metric.help, labels=names)
            for labels, value in sorted(metric.values.items()):
                family.add_metric([text for _, text in labels], value)
            yield family
