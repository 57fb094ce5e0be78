// An application that knows nothing but the issuer registers itself and makes the
// address at which a person signs in. Prints what redeem.mjs goes on with, as JSON.
import * as client from "openid-client";

const { ISSUER, CALLBACK, METHOD } = process.env;

const config = await client.dynamicClientRegistration(new URL(ISSUER), {
  client_name: "Notes (beta)",
  redirect_uris: [CALLBACK],
  grant_types: ["authorization_code", "refresh_token"],
  response_types: ["code"],
  token_endpoint_auth_method: METHOD,
  scope: "openid email",
});

const saved = { metadata: config.clientMetadata(), verifier: client.randomPKCECodeVerifier(), state: client.randomState(), nonce: client.randomNonce() };
const address = client.buildAuthorizationUrl(config, {
  redirect_uri: CALLBACK, scope: "openid email", state: saved.state, nonce: saved.nonce,
  code_challenge: await client.calculatePKCECodeChallenge(saved.verifier), code_challenge_method: "S256",
});
console.log(JSON.stringify({ name: saved.metadata.client_name, address: address.href, saved: JSON.stringify(saved) }));
