// atob and btoa.
export default function (native, load, uncurry) {
  const { required } = load('webidl');
  const refuse = (message) => { throw new DOMException(message, 'InvalidCharacterError'); };
  return {
    atob(data) {
      required(1, arguments.length, 'atob');
      return native.atob(`${data}`) ?? refuse('The string to be decoded is not correctly encoded.');
    },
    btoa(data) {
      required(1, arguments.length, 'btoa');
      return native.btoa(`${data}`) ?? refuse('Invalid character');
    },
  };
}
