"""A kernel made into object code in two steps, so that two can be under way: Numba's step, and LLVM's.

Numba would optimise each function by itself and again in every function that calls it; here all of them are linked
first and optimised once, which takes half the time. Numba's step is Python, one at a time; LLVM's, which takes longer,
holds no lock of Python's and has a context of its own, so that any number of threads may do it at once.
"""

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import llvmlite.binding as llvm
from llvmlite.binding import ffi
from numba import types
from numba.core.ccallback import CFunc
from numba.core.codegen import CPUCodegen
from numba.core.compiler_lock import global_compiler_lock
from numba.core.registry import cpu_target

from netstudio.engine.kernels.lean import lean

ENTRY = "kernel"


@dataclass(frozen=True)
class Parts:
    """What is to be linked: the entry in LLVM's language, and the bitcode of what it calls."""

    entry: str
    called: tuple[bytes, ...]


def translate(function: Callable[..., Any], signature: Any, options: dict[str, Any]) -> Parts:
    """Numba's step, for `function`, which raises nothing and returns nothing."""
    made: Any = CFunc(function, (signature.args, signature.return_type), locals={}, options=dict(options))
    with global_compiler_lock, lean():
        compiled = made._compile_uncached()
        called = [library._final_module.as_bitcode() for library in _libraries(compiled.library)]
    return Parts(_entry(compiled.fndesc.llvm_func_name, signature), tuple(called))


def assemble(parts: Parts) -> bytes:
    """LLVM's step: object code with one function that others see, ENTRY, and nothing of Python's around it."""
    context = llvm.create_context()
    module = llvm.parse_assembly(parts.entry, context)
    for bitcode in parts.called:
        module.link_in(_shared(llvm.parse_bitcode(bitcode, context)))
    for definition in (*module.functions, *module.global_variables):
        if not definition.is_declaration and definition.name != ENTRY:
            definition.linkage = "internal"
    machine = _target_machine()
    module.data_layout = str(machine.target_data)
    module.triple = machine.triple
    _optimise(module, machine)
    return _object_code(module, machine)


def _libraries(library: Any) -> list[Any]:
    """A compiled library and those of all the functions it calls, each once."""
    found, todo = [], [library]
    while todo:
        one = todo.pop()
        if one not in found:
            found.append(one)
            todo += one._linking_libraries
    return found


def _shared(module: Any) -> Any:
    """The module, of whose functions any other's copy may be dropped."""
    for definition in module.functions:  # private constants of one name may differ: they stay apart
        if not definition.is_declaration and definition.linkage == llvm.Linkage.external:
            definition.linkage = "linkonce_odr"
    return module


def _target_machine() -> Any:
    """What Numba compiles for; one machine serves one thread."""
    options = {"opt": 3}
    codegen: CPUCodegen = cpu_target.target_context.codegen()
    codegen._customize_tm_options(options)
    return llvm.Target.from_triple(llvm.get_process_triple()).create_target_machine(**options)


def _optimise(module: Any, machine: Any) -> None:
    """Drop what is not reached, then LLVM's passes at level 3 with the loop and block vectorisers."""
    tuning = llvm.create_pipeline_tuning_options(speed_level=3)
    tuning.loop_vectorization = tuning.slp_vectorization = tuning.loop_interleaving = tuning.loop_unrolling = True
    builder = llvm.create_pass_builder(machine, tuning)
    first = llvm.create_new_module_pass_manager()
    first.add_global_dead_code_eliminate_pass()
    first.run(module, builder)
    _unlocked("LLVMPY_RunNewModulePassManager")(builder.getModulePassManager(), module, builder)


def _object_code(module: Any, machine: Any) -> bytes:
    with ffi.OutputString() as error:
        buffer = _unlocked("LLVMPY_TargetMachineEmitToMemory")(machine, module, 1, error)
        if not buffer:
            raise RuntimeError(f"LLVM can't emit a kernel's code: {error}")
    try:
        return bytes(ctypes.string_at(ffi.lib.LLVMPY_GetBufferStart(buffer), ffi.lib.LLVMPY_GetBufferSize(buffer)))
    finally:
        ffi.lib.LLVMPY_DisposeMemoryBuffer(buffer)


def _unlocked(name: str) -> Any:
    """A function of LLVM's without the lock that llvmlite puts around all of them for the sake of shared contexts."""
    function = getattr(ffi.lib, name)
    return getattr(function, "_cfn", function)


def _entry(native: str, signature: Any) -> str:
    """A C function in LLVM's language that calls Numba's, whose first arguments are places for result and error."""
    kinds = ["i64" if isinstance(arg, types.Integer) else "ptr" for arg in signature.args]
    outer = ", ".join(f"{kind} %a{i}" for i, kind in enumerate(kinds))
    return f"""
        declare i32 @"{native}"(ptr, ptr{"".join(f", {kind}" for kind in kinds)})
        define void @"{ENTRY}"({outer}) {{
            %result = alloca ptr
            %error = alloca ptr
            %status = call i32 @"{native}"(ptr %result, ptr %error, {outer})
            ret void
        }}
    """
