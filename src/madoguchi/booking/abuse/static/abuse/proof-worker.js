// Looks for a number that makes SHA-256 (FIPS 180-4) of "challenge:number" begin with enough zero bits. Written out here because the
// browser's own digest answers only asynchronously and only on secure pages, which costs more than the digest itself.

const PRIMES = [];
for (let candidate = 2; PRIMES.length < 64; candidate += 1) {
  if (PRIMES.every((prime) => candidate % prime)) PRIMES.push(candidate);
}
const fraction = (root) => ((root - Math.floor(root)) * 2 ** 32) | 0;
const CONSTANTS = Int32Array.from(PRIMES, (prime) => fraction(Math.cbrt(prime)));
const START = Int32Array.from(PRIMES.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));
const LONGEST = 64 - 9; // one block holds the text, a mark behind it and its length

const words = new Int32Array(64);
const turned = (value, by) => (value >>> by) | (value << (32 - by));

/** Return the first 32 bits of SHA-256 of the one block in `words[0..15]`. */
function firstWord() {
  for (let i = 16; i < 64; i += 1) {
    const early = words[i - 15];
    const late = words[i - 2];
    const small = turned(early, 7) ^ turned(early, 18) ^ (early >>> 3);
    const large = turned(late, 17) ^ turned(late, 19) ^ (late >>> 10);
    words[i] = (words[i - 16] + small + words[i - 7] + large) | 0;
  }
  let a = START[0], b = START[1], c = START[2], d = START[3];
  let e = START[4], f = START[5], g = START[6], h = START[7];
  for (let i = 0; i < 64; i += 1) {
    const one = (h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + ((e & f) ^ (~e & g)) + CONSTANTS[i] + words[i]) | 0;
    const two = ((turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + two) | 0;
  }
  return (START[0] + a) | 0;
}

addEventListener("message", ({ data: { challenge, bits } }) => {
  const bytes = new Uint8Array(64);
  const view = new DataView(bytes.buffer);
  const head = new TextEncoder().encode(`${challenge}:`);
  bytes.set(head);
  for (let number = 0; ; number += 1) {
    const digits = String(number);
    const size = head.length + digits.length;
    if (size > LONGEST) throw new RangeError("the challenge does not fit one block");
    for (let i = 0; i < digits.length; i += 1) bytes[head.length + i] = digits.charCodeAt(i);
    bytes[size] = 0x80;
    view.setUint32(60, size * 8);
    for (let i = 0; i < 16; i += 1) words[i] = view.getInt32(i * 4);
    if (Math.clz32(firstWord()) >= bits) {
      postMessage(digits);
      return;
    }
  }
});
