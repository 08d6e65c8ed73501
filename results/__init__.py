"""How it is shown: comparisons, charts, the report, stored runs, and every sentence in two languages.

Each part is imported when first used; `compare` is taken from `results.compare`, since a name cannot be both.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
