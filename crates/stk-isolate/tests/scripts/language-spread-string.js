console.log({ ...'ab' }, [...'ab']);
