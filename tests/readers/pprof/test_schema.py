"""`profile_pb2.py` is what `schemas/profile.proto` says.

To generate it again (not with a newer grpcio-tools: the code would refuse the oldest protobuf that
pyproject.toml allows):

    pip install grpcio-tools==1.72.1
    python -m grpc_tools.protoc -Igotrace/readers/pprof=schemas --python_out=. --pyi_out=. \
        gotrace/readers/pprof/profile.proto
    sed -i '1i # mypy: disable-error-code="type-arg"' gotrace/readers/pprof/profile_pb2.pyi
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from gotrace.readers.pprof import profile_pb2

ROOT = Path(__file__).parents[3]
DESCRIPTOR = re.compile(r"AddSerializedFile\((b'.*')\)")


def test_the_committed_module_is_generated_from_the_schema(tmp_path) -> None:
    """The serialised schema is compared: the rest of the file changes with the generator."""
    command = [sys.executable, "-m", "grpc_tools.protoc", "-Igotrace/readers/pprof=schemas"]
    subprocess.run(
        [*command, f"--python_out={tmp_path}", "gotrace/readers/pprof/profile.proto"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    generated = (tmp_path / "gotrace/readers/pprof/profile_pb2.py").read_text(encoding="utf-8")
    committed = Path(profile_pb2.__file__).read_text(encoding="utf-8")
    assert DESCRIPTOR.findall(committed) == DESCRIPTOR.findall(generated) != []


def test_the_committed_module_works_with_the_oldest_protobuf_we_allow() -> None:
    committed = Path(profile_pb2.__file__).read_text(encoding="utf-8")
    version = re.search(r"# Protobuf Python Version: (\d+\.\d+)\.", committed)
    allowed = re.search(r'"protobuf>=(\d+\.\d+)', (ROOT / "pyproject.toml").read_text("utf-8"))
    assert version and allowed
    assert version[1] == allowed[1]
