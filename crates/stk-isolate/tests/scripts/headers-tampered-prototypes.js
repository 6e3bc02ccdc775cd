const h = new Headers({ x: 'y' });
const kept = String.prototype.toLowerCase;
String.prototype.toLowerCase = () => 'tampered';
let out;
try { out = [h.get('X'), [...new Headers({ A: 'b' })]]; } finally { String.prototype.toLowerCase = kept; }
console.log(out);
