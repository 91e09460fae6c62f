"""The constraints. Whatever this package's modules define is in `CONSTRAINTS`."""

import netstudio.constraints as _package
from netstudio.constraints.base import Constraint
from netstudio.graph.declared import Family

CONSTRAINTS: Family[Constraint] = Family.discover("constraint", _package, Constraint)
