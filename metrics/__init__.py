"""Counters and durations of all processes of a machine, as Prometheus reads them.

Each process counts into files of its own below one folder; whoever is asked adds them up.
"""

from metrics.exposition import Gauge, listen, page
from metrics.meters import Meters, open_meters

__all__ = ["Gauge", "Meters", "listen", "open_meters", "page"]
