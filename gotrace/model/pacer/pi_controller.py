"""The proportional-integral controller of go1.18 and go1.19.

It follows a measured number slowly: the error drives it, and so does the sum of errors; when the
output meets a limit, the sum is drawn back. Source: `piController` in `runtime/mgcpacer.go`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from gotrace.model.pacer.integers import divided

__all__ = ["CONS_MARK_CONTROLLER", "PIController"]


@dataclass(frozen=True)
class PIController:
    """Its tuning; the sum of errors is the caller's."""

    kp: float
    """How much of the error goes into the output."""
    ti: float
    """Time in which the sum of errors counts as much as the error."""
    tt: float
    """Time in which the sum forgets what a limit cut off."""
    min: float
    max: float

    def next(
        self, error_integral: float, measured: float, wanted: float, period: float
    ) -> tuple[float, float, bool]:
        """(output, sum of errors, whether the controller is sound).

        `measured` is what it has, `wanted` where to go. When a number grows beyond float64, it is
        not sound: the output is the lowest, and the sum begins anew.
        """
        proportional = self.kp * (wanted - measured)
        raw = proportional + error_integral
        if not math.isfinite(raw):
            return self.min, 0.0, False
        output = min(max(raw, self.min), self.max)
        if self.ti != 0 and self.tt != 0:
            rate = self.kp * period / self.ti
            drawn = divided(period, self.tt)
            error_integral += rate * (wanted - measured) + drawn * (output - raw)
            if not math.isfinite(error_integral):
                return self.min, 0.0, False
        return output, error_integral, True


CONS_MARK_CONTROLLER = PIController(kp=0.9, ti=4.0, tt=1000.0, min=-1000.0, max=1000.0)
"""What smooths cons/mark, once a cycle."""
