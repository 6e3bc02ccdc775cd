const r = new EventTarget(); const b = () => console.log('removed one must not run'); r.addEventListener('y', () => r.removeEventListener('y', b)); r.addEventListener('y', b); r.dispatchEvent(new Event('y'));
const e = new Event('z'); const once = new EventTarget(); once.addEventListener('z', (x) => console.log(x === e), { once: true }); once.dispatchEvent(e); once.dispatchEvent(e);
