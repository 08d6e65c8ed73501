"""What happens: the citizens of a scenario, played forward by one of two engines that agree to the bit.

Each part is imported when first used.
"""

import lazy_loader

from .compiled import name_cache_folder

name_cache_folder()
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
