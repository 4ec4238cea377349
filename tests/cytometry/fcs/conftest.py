"""The tests of this folder share a small writer of FCS files, `fcs_by_hand`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
