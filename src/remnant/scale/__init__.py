"""Who does the work, and the streams of chance that do not depend on it."""

from remnant.scale.blocks import Outcome, Unfinished, map_blocks, stream_blocks
from remnant.scale.executors import Dask, Executor, Processes, Serial, executor
from remnant.scale.pools import cores
from remnant.scale.streams import stream
from remnant.scale.tasks import AnswerError, Block, FailedBlock

__all__ = [
    "AnswerError",
    "Block",
    "Dask",
    "Executor",
    "FailedBlock",
    "Outcome",
    "Processes",
    "Serial",
    "Unfinished",
    "cores",
    "executor",
    "map_blocks",
    "stream",
    "stream_blocks",
]
