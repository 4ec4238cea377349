"""The tests of this folder share densities that workers can import."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
