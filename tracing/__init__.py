"""Traces from a callback to the API calls it led to, sent to an OpenTelemetry collector.

Who works on a delivery is another process than who received it, and a message of the broker
carries numbers only. So all ids are computed: whoever knows a delivery knows its trace.
"""

from tracing.tracer import Origin, Tracer, open_tracer

__all__ = ["Origin", "Tracer", "open_tracer"]
