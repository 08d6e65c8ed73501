"""The site of the documentation: `make docs` writes it to build/docs."""

import sys
from importlib.metadata import version as version_of
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

project = "motcua"
author = "motcua"
version = release = version_of("motcua")
extensions = ["myst_parser", "sphinx.ext.autodoc"]
source_suffix = {".md": "markdown"}
root_doc = "index"
default_role = "code"
exclude_patterns = ["notebooks/*"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = "motcua"
html_show_copyright = False
html_copy_source = False
html_static_path: list[str] = []
autodoc_typehints = "description"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
pygments_style = "friendly"
