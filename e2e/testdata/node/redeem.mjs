// The person came back to the application of register.mjs: it takes the tokens, asks
// who it is, and renews them. Prints what it saw as JSON.
import * as client from "openid-client";

const { ISSUER, SAVED, CAME_BACK } = process.env;
const { metadata, verifier, state, nonce } = JSON.parse(SAVED);

const config = await client.discovery(new URL(ISSUER), metadata.client_id, metadata);
const tokens = await client.authorizationCodeGrant(config, new URL(CAME_BACK), { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce });
const info = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
const renewed = await client.refreshTokenGrant(config, tokens.refresh_token);
console.log(JSON.stringify({ audience: tokens.claims().aud === metadata.client_id, email: info.email, renewed: Boolean(renewed.access_token) }));
