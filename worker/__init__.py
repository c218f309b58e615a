"""Celery: tells workers which runs wait, and executes them.

The journal is the truth. A Celery message carries run ids and nothing else, is acknowledged early
and may be lost, doubled or late without harm: the sweeper takes up what lies, a claim happens once.
"""

from worker.celery_app import make_celery
from worker.heartbeat import Heartbeat
from worker.node import WorkerNode
from worker.plan import plan
from worker.publisher import Publisher
from worker.runner import Runner
from worker.sweeper import Sweeper

__all__ = ["Heartbeat", "Publisher", "Runner", "Sweeper", "WorkerNode", "make_celery", "plan"]
