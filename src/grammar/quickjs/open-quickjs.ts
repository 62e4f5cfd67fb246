import { newQuickJSWASMModuleFromVariant, type QuickJSContext, type QuickJSWASMModule } from 'quickjs-emscripten-core';
import type { MeaningValue } from '../model/grammar-library.ts';
import type { ScriptEngine, ScriptResult } from '../sisr/script-engine.ts';

const MEMORY_BYTES = 2 * 1024 * 1024;
const STACK_BYTES = 256 * 1024;
/** Times that QuickJS asks whether to go on, each after ten thousand steps or so: some 50 ms. */
const MOST_INTERRUPTS = 60;
const LONGEST_RESULT = 65_536;

/** ES-Compact (ECMA-327), which SISR 1.0 asks for, has no eval; the others are clock, chance and what waits. */
const INTRINSICS = {
  BaseObjects: true,
  Date: false,
  Eval: true,
  RegExp: true,
  RegExpCompiler: true,
  JSON: true,
  Proxy: false,
  MapSet: true,
  TypedArrays: false,
  Promise: false,
} as const;
const WITHOUT = 'delete Math.random; delete globalThis.eval; delete globalThis.performance;';
/**
 * QuickJS is not asked while one of its own functions loops, and `Array(4e9).indexOf(1)` loops for minutes: no list is longer
 * than ten thousand when it is gone through.
 */
const SHORT_LISTS = `(function () {
  var most = 10000, apply = Function.prototype.call.bind(Function.prototype.apply);
  function guarded(of, name, original, subject) {
    Object.defineProperty(of, name, { configurable: true, writable: true, enumerable: false, value: function () {
      var list = subject === undefined ? this : arguments[subject];
      if (list !== null && list !== undefined && list.length > most) throw new RangeError('a list of more than 10000');
      return apply(original, this, arguments);
    } });
  }
  Object.getOwnPropertyNames(Array.prototype).forEach(function (name) {
    var original = Array.prototype[name];
    if (typeof original === 'function' && name !== 'constructor') guarded(Array.prototype, name, original);
  });
  guarded(Array, 'from', Array.from, 0);
})()`;

/**
 * QuickJS as WebAssembly: scripts cannot reach the process, and what they may use of time and memory is counted. A world is made
 * for each program and thrown away with it.
 */
export async function openQuickJs(): Promise<ScriptEngine> {
  const quickjs = await newQuickJSWASMModuleFromVariant(import('@jitl/quickjs-wasmfile-release-sync'));
  return {
    check: (script) => {
      const result = inContext(quickjs, (context) => evaluate(context, script, true));
      return 'failure' in result
        ? { line: Math.max(1, result.failure.line), message: result.failure.message }
        : undefined;
    },
    run: (program) =>
      inContext(quickjs, (context) => {
        evaluate(context, WITHOUT, false);
        evaluate(context, SHORT_LISTS, false);
        return evaluate(context, program, false);
      }),
  };
}

function inContext<T>(quickjs: QuickJSWASMModule, use: (context: QuickJSContext) => T): T {
  const runtime = quickjs.newRuntime();
  try {
    runtime.setMemoryLimit(MEMORY_BYTES);
    runtime.setMaxStackSize(STACK_BYTES);
    let interrupts = 0;
    runtime.setInterruptHandler(() => ++interrupts > MOST_INTERRUPTS);
    const context = runtime.newContext({ intrinsics: INTRINSICS });
    try {
      return use(context);
    } finally {
      context.dispose();
    }
  } finally {
    runtime.dispose();
  }
}

function evaluate(context: QuickJSContext, code: string, compileOnly: boolean): ScriptResult {
  const result = context.evalCode(
    code,
    'grammar',
    compileOnly ? { type: 'global', compileOnly: true } : { type: 'global' },
  );
  if (result.error === undefined) {
    const text = compileOnly || context.typeof(result.value) !== 'string' ? 'null' : context.getString(result.value);
    result.value.dispose();
    if (text.length > LONGEST_RESULT)
      return { failure: { name: 'RangeError', message: 'the meaning is longer than 65,536 characters', line: 0 } };
    const value: MeaningValue = JSON.parse(text);
    return { value };
  }
  const property = (name: string): string => {
    const handle = context.getProp(result.error, name);
    const text = context.typeof(handle) === 'string' ? context.getString(handle) : '';
    handle.dispose();
    return text;
  };
  const isObject = context.typeof(result.error) === 'object';
  const [, line = '0'] = /grammar:(\d+)/.exec(isObject ? property('stack') : '') ?? [];
  const failure = isObject
    ? { name: property('name') || 'Error', message: property('message'), line: Number(line) }
    : { name: 'a thrown value', message: '', line: 0 };
  result.error.dispose();
  return { failure };
}
