// The parts of a browser that passkeys need, with an authenticator in software, which
// keeps one passkey and whose owner always agrees. WebAuthn.
import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";

const hash = (data) => createHash("sha256").update(data).digest();
const exactly = (buffer) => buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength); // an ArrayBuffer
const text = (buffer) => Buffer.from(buffer).toString("base64url");

// addBrowser makes the process look like a page at an origin.
export const addBrowser = (origin) => {
  class PublicKeyCredential { constructor(members) { Object.assign(this, members); } }
  class AuthenticatorAttestationResponse { constructor(members) { Object.assign(this, members); } }
  class AuthenticatorAssertionResponse { constructor(members) { Object.assign(this, members); } }
  const id = randomBytes(32);
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { x, y } = publicKey.export({ format: "jwk" });
  let handle;

  const clientData = (type, challenge) => Buffer.from(JSON.stringify({ type, challenge: text(challenge), origin, crossOrigin: false }));
  const authData = (rp, flags) => Buffer.concat([hash(rp), Buffer.from([flags, 0, 0, 0, 0])]);
  const credential = (response) => new PublicKeyCredential({
    id: text(id), rawId: exactly(id), type: "public-key", authenticatorAttachment: "platform", response, getClientExtensionResults: () => ({}),
  });

  const create = async ({ publicKey: o }) => {
    handle = Buffer.from(o.user.id);
    // {1: 2, 3: -7, -1: 1, -2: x, -3: y}
    const key = Buffer.concat([Buffer.from([0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32]), Buffer.from(x, "base64url"), Buffer.from([0x22, 0x58, 32]), Buffer.from(y, "base64url")]);
    const auth = Buffer.concat([authData(o.rp.id, 0x45), Buffer.alloc(16), Buffer.from([0, id.length]), id, key]);
    // {"fmt": "none", "attStmt": {}, "authData": auth}
    const object = Buffer.concat([Buffer.from([0xa3, 0x63]), Buffer.from("fmt"), Buffer.from([0x64]), Buffer.from("none"), Buffer.from([0x67]), Buffer.from("attStmt"),
      Buffer.from([0xa0, 0x68]), Buffer.from("authData"), Buffer.from([0x59, auth.length >> 8, auth.length & 255]), auth]);
    return credential(new AuthenticatorAttestationResponse({
      clientDataJSON: exactly(clientData("webauthn.create", o.challenge)), attestationObject: exactly(object), getTransports: () => ["internal"],
      getPublicKeyAlgorithm: () => -7, getPublicKey: () => exactly(publicKey.export({ format: "der", type: "spki" })), getAuthenticatorData: () => exactly(auth),
    }));
  };
  const get = async ({ publicKey: o }) => {
    const auth = authData(o.rpId, 0x05), client = clientData("webauthn.get", o.challenge);
    return credential(new AuthenticatorAssertionResponse({
      clientDataJSON: exactly(client), authenticatorData: exactly(auth), userHandle: exactly(handle),
      signature: exactly(sign("sha256", Buffer.concat([auth, hash(client)]), privateKey)),
    }));
  };

  Object.assign(globalThis, {
    window: globalThis, document: { querySelector: () => null, querySelectorAll: () => [], getElementById: () => null }, isSecureContext: true, addEventListener: () => {}, removeEventListener: () => {},
    PublicKeyCredential, AuthenticatorAttestationResponse, AuthenticatorAssertionResponse,
  });
  Object.defineProperty(globalThis, "navigator", { value: { userAgent: "a browser", credentials: { create, get } } }); // Node has one that lacks them
};
