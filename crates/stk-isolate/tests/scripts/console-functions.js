console.log(() => {}, function () {}, function f() {}, async () => {}, async function g() {}, function* h() {}, async function* i() {});
console.log(Object.assign(function f() {}, { a: 1, b: { c: 2 } }));
console.log([Math.max, parseInt, Array, Object.prototype.toString]);
console.log(Math.max.bind(null), (function named() {}).bind());
const anonymous = (() => () => {})();
console.log(anonymous, { key: () => {} }.key, Object.setPrototypeOf(function n() {}, null));
