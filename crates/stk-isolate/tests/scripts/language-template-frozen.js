const f = () => ((s) => s)`same`;
console.log(Object.isFrozen(f()), Object.isFrozen(f()), Object.isFrozen(f().raw));
