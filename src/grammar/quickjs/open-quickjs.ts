import { newQuickJSWASMModuleFromVariant, type QuickJSContext, type QuickJSWASMModule } from 'quickjs-emscripten-core';
import type { MeaningValue } from '../model/grammar-library.ts';
import type { ScriptEngine, ScriptResult } from '../sisr/script-engine.ts';

const MEMORY_BYTES = 2 * 1024 * 1024;
const STACK_BYTES = 256 * 1024;
/** Times that QuickJS asks whether to go on, each after ten thousand steps or so: some 50 ms. */
const MOST_INTERRUPTS = 60;
/** For steps that take long by themselves; some twenty times what all steps of an ordinary script take. Milliseconds. */
const LONGEST_RUN = 1_000;
const LONGEST_RESULT = 65_536;
/** Names of errors that are not a script's own words. */
const ERROR_NAME = /^(?:Aggregate|Eval|Internal|Range|Reference|Syntax|Type|URI)?Error$/;
/** One product of two such numbers takes as long as all that a script may do otherwise. */
const BIG_INTEGER = /(?<![\p{L}\p{N}_$])(?:0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|\d[\d_]*)n(?![\p{L}\p{N}_$])/u;
/** QuickJS without promises aborts for good when such a function was made. */
const ASYNC = /(?<![\p{L}\p{N}_$.'"])async(?![\p{L}\p{N}_$'"])/u;

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
const WITHOUT = `(function () {
  delete Math.random;
  ['eval', 'performance', 'BigInt', 'Function'].forEach(function (name) { delete globalThis[name]; });
  // whatever makes code of text
  [function () {}, function* () {}].forEach(function (each) {
    for (var kind = Object.getPrototypeOf(each); kind !== null && kind !== Object.prototype; kind = Object.getPrototypeOf(kind))
      delete kind.constructor;
  });
})()`;
/**
 * QuickJS is not asked while one of its own functions loops, and `Array(4e9).indexOf(1)` loops for minutes: no list is longer
 * than ten thousand when it is gone through by a method of lists. Sets, iterators and lists in lists are not looked at.
 */
const SHORT_LISTS = `(function () {
  var most = 10000, isArray = Array.isArray, apply = Function.prototype.call.bind(Function.prototype.apply);
  function check(list) {
    if (list !== null && list !== undefined && list.length > most) throw new RangeError('a list of more than 10000');
  }
  function guarded(of, name, original, subject) {
    Object.defineProperty(of, name, { configurable: true, writable: true, enumerable: false, value: function () {
      check(subject === undefined ? this : arguments[subject]);
      for (var at = 0; at < arguments.length; at++) if (isArray(arguments[at])) check(arguments[at]);
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
      const refused = BIG_INTEGER.exec(script) ?? ASYNC.exec(script);
      if (refused !== null) {
        const line = script.slice(0, refused.index).split('\n').length;
        return {
          line,
          message: `${refused[0]}, which the scripts of grammars do not have (no BigInt, nothing asynchronous)`,
        };
      }
      const result = inContext(quickjs, (context) => evaluate(context, script, true));
      return 'failure' in result
        ? { line: Math.max(1, result.failure.line), message: result.failure.message }
        : undefined;
    },
    run: (program) =>
      inContext(quickjs, (context) => {
        for (const wall of [SHORT_LISTS, WITHOUT]) {
          const built = evaluate(context, wall, false);
          if ('failure' in built) return built;
        }
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
    const deadline = performance.now() + LONGEST_RUN;
    runtime.setInterruptHandler(() => ++interrupts > MOST_INTERRUPTS || performance.now() > deadline);
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
    return meaningIn(text);
  }
  const property = (name: string): string => {
    const handle = context.getProp(result.error, name);
    const text = context.typeof(handle) === 'string' ? context.getString(handle) : '';
    handle.dispose();
    return text;
  };
  const isObject = context.typeof(result.error) === 'object';
  const [, line = '0'] = /grammar:(\d+)/.exec(isObject ? property('stack') : '') ?? [];
  const name = isObject ? property('name') : '';
  const failure = isObject
    ? { name: ERROR_NAME.test(name) ? name : 'Error', message: property('message'), line: Number(line) }
    : { name: 'a thrown value', message: '', line: 0 };
  result.error.dispose();
  return { failure };
}

/** A script may put its own function in the place of JSON.stringify. */
function meaningIn(text: string): ScriptResult {
  try {
    const value: MeaningValue = JSON.parse(text);
    return { value };
  } catch {
    return { failure: { name: 'SyntaxError', message: 'the meaning is no JSON', line: 0 } };
  }
}
