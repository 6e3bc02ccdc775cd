console.group('G1'); console.log('in\ntwo lines'); console.group(); console.log({ a: 1, b: [1, 2] }); console.groupEnd(); console.log('back'); console.groupEnd(); console.groupEnd(); console.log('out');
console.count(); console.count(); console.count('x'); console.countReset(); console.count(); console.count(undefined);
console.groupCollapsed('c', { a: 1 }); console.warn('w'); console.error('e'); console.info('i'); console.debug('d'); console.groupEnd();
console.log('end');
