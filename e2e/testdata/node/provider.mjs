// An OpenID provider with one client, who believes everybody who they say they
// are. Its settings are the library's own: groups and e-mail addresses are told
// at UserInfo, not in the ID token. With BACKCHANNEL it tells the client of sign-outs.
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import Provider from "oidc-provider";

const { ISSUER, CERT, KEY, CLIENT_ID, CLIENT_SECRET, CALLBACK, SIGNED_OUT, BACKCHANNEL } = process.env;

const groups = { alice: ["admins", "staff"], bob: ["staff"] };

const provider = new Provider(ISSUER, {
  clients: [{
    client_id: CLIENT_ID,
    client_secret: CLIENT_SECRET,
    redirect_uris: [CALLBACK],
    post_logout_redirect_uris: [SIGNED_OUT],
    ...BACKCHANNEL && { backchannel_logout_uri: BACKCHANNEL, backchannel_logout_session_required: true },
  }],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "groups"] },
  features: { backchannelLogout: { enabled: true } },
  // Few resolvers know the names under localhost.
  httpOptions: () => ({ dnsLookup: (_host, options, done) => done(null, options.all ? [{ address: "127.0.0.1", family: 4 }] : "127.0.0.1", 4) }),
  cookies: { keys: ["only for tests"] },
  findAccount: (_ctx, id) => ({
    accountId: id,
    claims: () => ({ sub: id, name: id, email: `${id}@example.com`, email_verified: true, groups: groups[id] ?? [] }),
  }),
});

provider.on("backchannel.error", (_ctx, err) => console.error("back-channel logout:", err.code, err.message, err.response?.body));

// Everybody's first sign-in was an hour ago.
const known = new Set();
const finished = provider.interactionFinished.bind(provider);
provider.interactionFinished = (req, res, result, options) => {
  const name = result.login?.accountId;
  if (name && !known.has(name)) {
    known.add(name);
    result.login.ts = Math.floor(Date.now() / 1000) - 3600;
  }
  return finished(req, res, result, options);
};

createServer({ cert: readFileSync(CERT), key: readFileSync(KEY) }, provider.callback())
  .listen(Number(new URL(ISSUER).port), "127.0.0.1");
