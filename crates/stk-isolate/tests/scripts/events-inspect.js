console.log(new EventTarget(), new (class Foo extends EventTarget {})()); console.log(String(new Event('x')), Object.keys(new Event('x')), JSON.stringify(new Event('x')));
