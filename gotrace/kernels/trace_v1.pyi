"""Contract: `gotrace/kernels/plain/trace_v1/`."""

from gotrace.kernels.plain.trace_v1 import fill_frames as fill_frames
from gotrace.kernels.plain.trace_v1 import find_futile as find_futile
from gotrace.kernels.plain.trace_v1 import replay as replay
from gotrace.kernels.plain.trace_v1 import scan as scan
