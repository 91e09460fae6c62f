"""The augmentations. Whatever this package's modules define is in `AUGMENTATIONS`."""

import netstudio.augmentations as _package
from netstudio.augmentations.base import Augmentation
from netstudio.graph.declared import Family

AUGMENTATIONS: Family[Augmentation] = Family.discover("augmentation", _package, Augmentation)
