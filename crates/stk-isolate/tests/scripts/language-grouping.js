console.log(typeof Object.groupBy, typeof Map.groupBy, typeof Array.fromAsync, typeof Promise.withResolvers, typeof Set.prototype.union, typeof Array.prototype.group);
