"""The documented interface: what it says of itself is whole, and every answer is as it says."""

import pytest

from remnant.web.app import create_app
