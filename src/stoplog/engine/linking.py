"""Functions that only compiled functions call: optimised, and linked into those that Python calls.

Numba makes machine code of every function and of the wrappers by which Python and C call it, and once more inside every
caller. Of the engine's functions Python calls a handful; for the rest that is half of a first compilation.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import register_pass
from numba.core.typed_passes import NativeLowering

_JITCodeLibrary: Any = JITCodeLibrary
_NativeLowering: Any = NativeLowering
_CompilerBase: Any = CompilerBase
_builder: Any = DefaultPassBuilder
_register: Any = register_pass


class _Part(_JITCodeLibrary):  # type: ignore[misc]
    """A library that is linked into others and never run by itself."""

    def _finalize_final_module(self) -> None:
        """Nothing is added to the execution engine."""
        self._finalize_dynamic_globals()
        self._verify_declare_only_symbols()
        self._finalized = True


@_register(mutates_CFG=True, analysis_only=False)
class _PartLowering(_NativeLowering):  # type: ignore[misc]
    """Lowering to a part, without the wrappers by which Python and C would call it."""

    _name = "part_lowering"

    def run_pass(self, state: Any) -> bool:
        """Lower, and let other functions find what was lowered under a name of its own."""
        state.library = _Part(state.targetctx.codegen(), state.func_id.func_qualname)
        state.flags.no_compile = state.flags.no_cpython_wrapper = state.flags.no_cfunc_wrapper = True
        super().run_pass(state)
        lowered, key = state["cr"], object()
        state.targetctx.insert_user_function(key, lowered.fndesc, [state.library])
        state.reload_init.extend(state.library._reload_init)
        state["cr"] = lowered._replace(cfunc=key)
        return True


class PartCompiler(_CompilerBase):  # type: ignore[misc]
    """Numba's compiler of functions that Python does not call."""

    def define_pipelines(self) -> list[Any]:
        """Numba's own passes, the lowering replaced."""
        pipeline = _builder.define_nopython_pipeline(self.state)
        pipeline.passes = [
            (_PartLowering, said) if part is NativeLowering else (part, said) for part, said in pipeline.passes
        ]
        pipeline.finalize()
        return [pipeline]


def withheld(part: Any, whole: Callable[[], Any]) -> Any:
    """A part for compiled functions; a call from Python is resolved by `whole`, made when there is one."""
    made = cache(whole)
    part._insert = _leave_out
    part._compile_for_args = lambda *arguments: made()._compile_for_args(*arguments)
    return part


def _leave_out(*_: Any) -> None:
    """Keep what was compiled out of the table by which calls from Python are resolved."""
