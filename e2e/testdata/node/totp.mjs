// An authenticator app. RFC 6238.
import { createHmac } from "node:crypto";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

const bytesOf = (base32) => {
  const bits = [...base32].map((c) => alphabet.indexOf(c).toString(2).padStart(5, "0")).join("");
  return Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
};

// stepNow is the number of half minutes since 1970.
export const stepNow = () => Math.floor(Date.now() / 30_000);

// codeOf returns the code of a step.
export const codeOf = (secret, step) => {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const sum = createHmac("sha1", bytesOf(secret)).update(counter).digest();
  const number = sum.readUInt32BE(sum[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
};

// otherThan returns a code that is wrong at every step near now.
export const otherThan = (secret) => {
  const near = [-2, -1, 0, 1, 2].map((off) => codeOf(secret, stepNow() + off));
  return ["000000", "111111", "222222", "333333", "444444", "555555"].find((code) => !near.includes(code));
};
