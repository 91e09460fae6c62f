"""Numba's compiler without what kernels have no use for, which takes four fifths of its time.

Kernels are plain functions of numbers and pointers: no closures, arrays, generators or parallel loops, and nothing but
other kernels calls them. So half of Numba's passes find nothing to do, no function needs a wrapper that Python could
call, no variable has to be deleted at the end of its life, and LLVM's code is left as it is made: what is optimised is
the whole kernel, once, after linking. The machine code is the same, bit for bit.
"""

from __future__ import annotations

import ctypes
import functools
import gc
import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from types import SimpleNamespace
from typing import Any

import numba
from numba import _dynfunc
from numba.core import (
    base,
    cgutils,
    errors,
    event,
    interpreter,
    ir,
    lowering,
    postproc,
    ssa,
    transforms,
    typed_passes,
    typeinfer,
    untyped_passes,
)  # fmt: skip
from numba.core.codegen import CPUCodeLibrary
from numba.core.compiler import DefaultPassBuilder
from numba.core.compiler_machinery import PassManager
from numba.core.cpu import CPUContext
from numba.core.lowering import BaseLower, Lower
from numba.core.runtime import rtsys
from numba.core.typing.context import BaseContext as TypingContext

# What Python calls: the function's own object, a tuple of arguments, and keywords, of which there are none.
_ENTRY_FROM_PYTHON = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p)

PASSES: tuple[Any, ...] = (
    untyped_passes.TranslateByteCode,
    untyped_passes.FixupArgs,
    untyped_passes.IRProcessing,
    untyped_passes.GenericRewrites,
    untyped_passes.ReconstructSSA,
    typed_passes.NopythonTypeInference,
    typed_passes.PreLowerStripPhis,
    typed_passes.AnnotateTypes,
    typed_passes.NativeLowering,
    typed_passes.NoPythonBackend,
)


@contextmanager
def lean() -> Iterator[None]:
    """While it lasts, Numba makes LLVM's code of functions and nothing more. For one thread at a time.

    Python's collector rests meanwhile: the compiler makes millions of small objects and keeps most.
    """
    replaced: dict[tuple[Any, str], Any] = {
        (DefaultPassBuilder, "define_nopython_pipeline"): staticmethod(_pipeline),
        (CPUCodeLibrary, "_optimize_final_module"): _nothing,
        (CPUCodeLibrary, "_optimize_functions"): _nothing,
        (CPUCodeLibrary, "_finalize_final_module"): _leave,
        (CPUContext, "get_executable"): _when_called,
        (BaseLower, "create_cpython_wrapper"): _nothing,
        (BaseLower, "create_cfunc_wrapper"): _nothing,
        (base.BaseContext, "refresh"): _take_new,
        (CPUContext, "load_additional_registries"): _load_few,
        (base, "_has_loc"): _has_loc,
        (event, "start_event"): _nothing,
        (event, "end_event"): _nothing,
        (interpreter.Interpreter, "post_process"): _as_written,
        (typeinfer, "new_error_context"): _in_no_context,
        (lowering, "new_error_context"): _in_no_context,
        (errors.WarningsFixer, "catch_warnings"): _in_no_context,  # type: ignore[attr-defined]
        (ssa, "_logger"): SimpleNamespace(debug=_nothing),
        (postproc.PostProcessor, "run"): _tidy,
        (ir.Inst, "_rec_list_vars"): _variables,
        (Lower, "alloca_lltype"): _allocate,
        (Lower, "incref"): _nothing,
        (Lower, "decref"): _nothing,
        (TypingContext, "resolve_function_type"): _resolve_once,
    }
    scheme = getattr(errors, "HighlightColorScheme", None)
    if scheme is not None:  # errors that mean "not this overload" are made by thousands, in colour
        replaced[scheme, "_markup"] = lambda self, message, *colour: message
    kept = {(owner, name): vars(owner)[name] for owner, name in replaced}
    collects = gc.isenabled()
    gc.disable()
    try:
        for (owner, name), new in replaced.items():
            setattr(owner, name, new)
        _refresh(numba.core.registry.cpu_target.target_context)  # Numba would do that before each function
        yield
    finally:
        for (owner, name), old in kept.items():
            setattr(owner, name, old)
        if collects:
            gc.enable()


def _pipeline(state: Any, name: str = "kernel") -> PassManager:
    passes = PassManager(name)
    for one in PASSES:
        passes.add_pass(one, one.__name__)
    passes.finalize()
    return passes


def _nothing(*_args: Any, **_keywords: Any) -> None:
    pass


def _as_written(_interpreter: Any, _rewrites: Any, code: Any) -> Any:
    """A function's code with calls that have stars in order, but not rewritten for `with` and long calls."""
    return interpreter.peep_hole_list_to_tuple(code)


_CONTEXT = nullcontext()


def _in_no_context(*_args: Any, **_keywords: Any) -> Any:
    """An error says less of where it is: contexts are entered and left for each of 100,000 instructions."""
    return _CONTEXT


def _tidy(processor: Any, emit_dels: bool = False, extend_lifetimes: bool = False) -> None:
    """The blocks in their usual form; nothing about the lives of variables."""
    processor.func_ir.blocks = transforms.canonicalize_cfg(processor.func_ir.blocks)
    processor.func_ir.generator_info = None


def _variables(instruction: Any, value: Any) -> list[Any]:
    """The variables among an instruction's operands, without a call for each operand."""
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, (list, tuple)):
        value = (value,)
    found: list[Any] = []
    for one in value:
        if isinstance(one, ir.Var):
            found.append(one)
        elif isinstance(one, ir.Inst):
            found += one.list_vars()
        elif isinstance(one, (list, tuple, dict)):
            found += _variables(instruction, one)
    return found


def _allocate(lower: Any, name: str, kind: Any, datamodel: Any = None) -> Any:
    """Room for a variable, without asking LLVM for its size, which a debugger would want to know."""
    return cgutils.alloca_once(lower.builder, kind, name=name, zfill=False)


_has_loc = functools.cache(base._has_loc)  # whether a function has an argument of that name
_resolve = TypingContext.resolve_function_type
_resolved: dict[tuple[Any, tuple[Any, ...]], Any] = {}


def _resolve_once(context: Any, function: Any, args: Any, keywords: Any) -> Any:
    """The signature of a call: Numba tries all overloads of an operator at each of the thousands of its places."""
    key = function, tuple(args)
    if keywords or key not in _resolved:
        found = _resolve(context, function, args, keywords)
        if keywords or found is None:
            return found
        _resolved[key] = found
    return _resolved[key]


_refresh = base.BaseContext.refresh


def _load_few(context: Any) -> None:
    """What numbers, tuples, ranges and NumPy's functions of numbers need: Numba would load SciPy and much else."""
    rtsys.initialize(context)
    for name in ("cpython.builtins", "cpython.numbers", "cpython.rangeobj", "cpython.tupleobj", "core.optional"):
        importlib.import_module(f"numba.{name}")
    for name in ("cpython.mathimpl", "np.npyimpl"):
        context.install_registry(importlib.import_module(f"numba.{name}").registry)


def _take_new(context: Any) -> None:
    """Know the intrinsics whose code was asked for: they are declared when they are met."""
    for registry in context._registries:
        context.install_registry(registry)


def _leave(library: Any) -> None:
    library._finalize_dynamic_globals()
    library._finalized = True


def _when_called(context: Any, library: Any, fndesc: Any, env: Any) -> Any:
    """A function that Python could call: it is compiled for that when it happens, which tests do and kernels never."""
    name = fndesc.qualname.rpartition(".")[2]
    made: list[Callable[..., Any]] = []

    def call(_self: Any, args: Any, _keywords: Any) -> Any:
        if not made:
            dispatcher = getattr(fndesc.lookup_module(), name)
            made.append(numba.njit(**dispatcher.targetoptions)(dispatcher.py_func))
        return made[0](*args)

    entry = _ENTRY_FROM_PYTHON(call)
    address = ctypes.cast(entry, ctypes.c_void_p).value
    return _dynfunc.make_function(fndesc.lookup_module(), name, "compiled when called", address, env, (library, entry))
