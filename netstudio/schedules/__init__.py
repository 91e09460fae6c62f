"""The learning rate schedules, one file each. Whatever this package's modules define is in `SCHEDULES`."""

import netstudio.schedules as _package
from netstudio.graph.declared import Family
from netstudio.schedules.base import Schedule

SCHEDULES: Family[Schedule] = Family.discover("schedule", _package, Schedule)
