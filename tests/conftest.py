"""Tests play all they ask for: nothing is remembered from one to the next, unless a test says so."""

import os

from results.memory import OFF, PLACE

os.environ[PLACE] = OFF
