"""The tests of this folder share work that workers can import, `fake_work`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
