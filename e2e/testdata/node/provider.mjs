// An OpenID provider with one client, who believes everybody who they say they
// are. Its settings are the library's own: groups and e-mail addresses are told
// at UserInfo, not in the ID token.
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import Provider from "oidc-provider";

const { ISSUER, CERT, KEY, CLIENT_ID, CLIENT_SECRET, CALLBACK, SIGNED_OUT } = process.env;

const groups = { alice: ["admins", "staff"], bob: ["staff"] };

const provider = new Provider(ISSUER, {
  clients: [{
    client_id: CLIENT_ID,
    client_secret: CLIENT_SECRET,
    redirect_uris: [CALLBACK],
    post_logout_redirect_uris: [SIGNED_OUT],
  }],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "groups"] },
  cookies: { keys: ["only for tests"] },
  findAccount: (_ctx, id) => ({
    accountId: id,
    claims: () => ({ sub: id, name: id, email: `${id}@example.com`, email_verified: true, groups: groups[id] ?? [] }),
  }),
});

createServer({ cert: readFileSync(CERT), key: readFileSync(KEY) }, provider.callback())
  .listen(Number(new URL(ISSUER).port), "127.0.0.1");
