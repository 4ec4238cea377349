"""What was measured: the tables of a study, their schemas, and reading them; it computes nothing."""

from remnant.study.column import Column, Kind
from remnant.study.config import StudyConfig
from remnant.study.estimate import Estimate, Evidence, Source
from remnant.study.read import read_study, read_table
from remnant.study.schema import LINE, TableSchema
from remnant.study.study import Study
from remnant.study.tables import TABLES

__all__ = [
    "LINE",
    "TABLES",
    "Column",
    "Estimate",
    "Evidence",
    "Kind",
    "Source",
    "Study",
    "StudyConfig",
    "TableSchema",
    "read_study",
    "read_table",
]
