"""The tests of this folder share work that workers can import, `conjugate`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
