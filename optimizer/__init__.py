"""What to do: the integer program that reassigns officers, its outcome told truthfully, and the plan as a table.

Each part is imported when first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
