"""Who does the work, and the streams of chance that do not depend on it."""

from remnant.scale.executors import Dask, Executor, Processes, Serial, cores, executor
from remnant.scale.streams import stream

__all__ = ["Dask", "Executor", "Processes", "Serial", "cores", "executor", "stream"]
