"""How the engine's functions are compiled.

The cache folder is named by a digest of the package's sources, because Numba's disk cache does not notice that
a callee in another file has changed. It lies in $STOPLOG_CACHE, or in the user's cache folder.

Numba compiles a function anew for every combination of constants it is called with. `compiled` makes it
forget that an argument is a constant, so that each function is compiled once; what is worth folding is
folded when LLVM inlines.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from stoplog.engine.linking import PartCompiler, withheld

_intrinsic: Any = intrinsic
_generator: Any = cgutils
_kinds: Any = types

word: Any = types.int64
"""What makes 64 bits of a number that a table keeps in fewer."""

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])

PACKAGE = Path(__file__).resolve().parent.parent


def general_type(argument: Any) -> Any:
    """The type that stands for all values of an argument: no constant, and every signed integer in 64 bits."""
    kind = _kinds.unliteral(argument)
    return types.int64 if isinstance(kind, types.Integer) and kind.signed else kind  # type: ignore[attr-defined]


def source_digest() -> str:
    """A digest of every source file whose code can end up in a kernel."""
    digest = hashlib.sha256(numba.__version__.encode())
    rules = [PACKAGE / f"{name}.py" for name in ("units", "instruments", "positions", "codes", "records")]
    folders = [sorted((PACKAGE / name).glob("*.py")) for name in ("margin", "liquidation", "engine")]
    for path in sum(folders, rules):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def cache_folder() -> Path:
    """Where compiled kernels are kept."""
    root = os.environ.get("STOPLOG_CACHE")
    base = Path(root) if root else Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "stoplog"
    return base / source_digest()


numba.config.CACHE_DIR = str(cache_folder())  # type: ignore[attr-defined]


def compiled(function: FunctionT, **options: Any) -> FunctionT:
    """The function for others that are compiled, for the types, but not the values, of its arguments.

    Called from Python, as some tests do, it is compiled once more for that.
    """
    part = _for_types(function, pipeline_class=PartCompiler, **options)
    return withheld(part, lambda: _for_types(function, **options))  # type: ignore[no-any-return]


def _for_types(function: FunctionT, **options: Any) -> Any:
    """The function, compiled once for the types of its arguments, whatever they are called with."""
    dispatcher = njit(**options)(function)
    general = dispatcher.get_call_template

    def get_call_template(args: Any, kws: Any) -> Any:
        return general(
            tuple(general_type(argument) for argument in args),
            {name: general_type(argument) for name, argument in kws.items()},
        )

    dispatcher.get_call_template = get_call_template
    return dispatcher


def compiled_to_disk(function: FunctionT) -> FunctionT:
    """The function for Python to call, and kept on disk for the next process."""
    return _for_types(function, cache=True)  # type: ignore[no-any-return]


def compiled_for_threads(function: FunctionT) -> FunctionT:
    """`compiled_to_disk`, letting other Python threads run meanwhile."""
    return _for_types(function, cache=True, nogil=True)  # type: ignore[no-any-return]


def inlined(function: FunctionT) -> FunctionT:
    """`compiled`, and inlined wherever it is called, so that constant arguments fold away."""
    return compiled(function, forceinline=True)


def outlined(function: FunctionT) -> FunctionT:
    """`compiled`, and called rather than inlined: for what is rare, so that it does not crowd the code around it.

    Numba cannot say so of a function, and LLVM inlines what it may; so the call itself is marked `noinline`.
    """
    inner: Any = compiled(function)

    @_intrinsic
    def call(typing: Any, arguments: Any) -> Any:
        template = inner.get_call_template(tuple(arguments), {})[0]
        found = template(typing).apply(tuple(arguments), {})

        def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            made = inner.overloads[tuple(found.args)]
            context.active_code_library.add_linking_library(made.library)
            callee = context.declare_function(builder.module, made.fndesc)
            parts = [
                context.cast(builder, part, kind, wanted)
                for part, kind, wanted in zip(
                    _generator.unpack_tuple(builder, given[0]), arguments, found.args, strict=True
                )
            ]
            status, result = context.call_conv.call_function(
                builder, callee, found.return_type, found.args, parts, attrs=("noinline",)
            )
            with _generator.if_unlikely(builder, status.is_error):
                context.call_conv.return_status_propagate(builder, status)
            return result

        return found.return_type(arguments), generate

    def called(*arguments: Any) -> Any:
        return call(arguments)

    return compiled(called)  # type: ignore[return-value]
