// console: each call is one log line of the call's own log. Formatting is loaded when something other than a string is logged.
export default function (native, load, uncurry) {
  const wellFormed = uncurry(String.prototype.toWellFormed);
  const repeat = uncurry(String.prototype.repeat);
  const replaceAll = uncurry(String.prototype.replaceAll);
  const includes = uncurry(String.prototype.includes);
  const { defineProperty } = Object;
  const { floor } = Math;
  const fixed = uncurry(Number.prototype.toFixed);
  const { now } = native;

  let indent = '';
  const counts = { __proto__: null };
  const timers = { __proto__: null };

  function write(level, args) {
    let text = args.length === 1 && typeof args[0] === 'string' ? args[0] : load('format').format(args);
    if (indent !== '') text = indent + (includes(text, '\n') ? replaceAll(text, '\n', `\n${indent}`) : text);
    native.log(level, wellFormed(text));
  }

  function elapsed(label, args) {
    const start = timers[label];
    if (start === undefined) {
      native.log('warn', `Warning: No such label '${label}' for console.time()`);
      return;
    }
    const line = ['%s: %s', label, duration(now() - start)];
    for (let i = 0; i < args.length; i++) line[line.length] = args[i];
    write('info', line);
  }

  function duration(ms) {
    if (ms < 1000) return `${+fixed(ms, 3)}ms`;
    if (ms < 60000) return `${fixed(ms / 1000, 3)}s`;
    const minutes = floor(ms / 60000);
    return `${minutes}:${ms % 60000 < 10000 ? '0' : ''}${fixed((ms % 60000) / 1000, 3)} (m:ss.mmm)`;
  }

  const console = {
    log(...args) { write('info', args); },
    warn(...args) { write('warn', args); },
    dir(value, options = undefined) {
      const { inspect } = load('inspect');
      write('info', [inspect(value, { customInspect: false, ...options })]);
    },
    time(label = 'default') {
      const name = `${label}`;
      if (timers[name] !== undefined) native.log('warn', `Warning: Label '${name}' already exists for console.time()`);
      else timers[name] = now();
    },
    timeEnd(label = 'default') {
      elapsed(`${label}`, []);
      delete timers[`${label}`];
    },
    timeLog(label = 'default', ...args) { elapsed(`${label}`, args); },
    trace(...args) {
      const text = args.length === 0 ? '' : load('format').format(args);
      const frames = new Error().stack;
      write('error', [`Trace${text === '' ? '' : `: ${text}`}\n${frames.trimEnd()}`]);
    },
    assert(condition, ...args) {
      if (condition) return;
      args[0] = `Assertion failed${args.length === 0 ? '' : `: ${args[0]}`}`;
      write('warn', args);
    },
    clear() {},
    count(label = 'default') {
      const name = `${label}`;
      counts[name] = (counts[name] ?? 0) + 1;
      write('info', [`${name}: ${counts[name]}`]);
    },
    countReset(label = 'default') {
      const name = `${label}`;
      if (counts[name] === undefined) native.log('warn', `Warning: Count for '${name}' does not exist`);
      else counts[name] = 0;
    },
    group(...args) {
      if (args.length > 0) write('info', args);
      indent = repeat(' ', indent.length + 2);
    },
    groupEnd() {
      indent = repeat(' ', indent.length < 2 ? 0 : indent.length - 2);
    },
    table(data, columns = undefined) {
      if (data === null || typeof data !== 'object') write('info', [data]);
      else write('info', [load('table').table(data, columns)]);
    },
    debug(...args) { write('debug', args); },
    info(...args) { write('info', args); },
    dirxml(...args) { write('info', args); },
    error(...args) { write('error', args); },
    groupCollapsed(...args) { console.group(...args); },
  };
  defineProperty(console, Symbol.toStringTag, { value: 'console', configurable: true });

  return { console };
}
