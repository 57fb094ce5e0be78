// A front end with Amplify, which asks for new tokens with
// GetTokensFromRefreshToken. Prints what it saw as JSON.
import { Amplify } from "aws-amplify";
import { fetchAuthSession, fetchUserAttributes, signIn, signOut } from "aws-amplify/auth";
import { cognitoUserPoolsTokenProvider } from "aws-amplify/auth/cognito";

const { ENDPOINT, POOL, CLIENT, USERNAME, PASSWORD } = process.env;

Amplify.configure({ Auth: { Cognito: { userPoolId: POOL, userPoolClientId: CLIENT, userPoolEndpoint: ENDPOINT } } });

// kept is the browser's storage: what Amplify remembers between two pages.
const kept = {};
cognitoUserPoolsTokenProvider.setKeyValueStorage({
  setItem: async (key, value) => { kept[key] = value; },
  getItem: async (key) => kept[key] ?? null,
  removeItem: async (key) => { delete kept[key]; },
  clear: async () => { for (const key in kept) delete kept[key]; },
});
const refreshToken = () => Object.entries(kept).find(([key]) => key.endsWith(".refreshToken"))?.[1] ?? "";

const seen = { refreshTokens: [], accessTokens: 0 };
const note = ({ tokens }) => {
  seen.refreshTokens.push(refreshToken());
  if (tokens?.accessToken) seen.accessTokens++;
};

seen.signedIn = (await signIn({ username: USERNAME, password: PASSWORD })).isSignedIn;
note(await fetchAuthSession());
for (let i = 0; i < 3; i++) note(await fetchAuthSession({ forceRefresh: true }));
seen.attributes = await fetchUserAttributes();

// Somebody took an old token from the storage and uses it.
const storage = { ...kept };
for (const key in kept) if (key.endsWith(".refreshToken")) kept[key] = seen.refreshTokens[0];
seen.afterReuse = await fetchAuthSession({ forceRefresh: true }).then(({ tokens }) => (tokens ? "tokens" : "none"), (err) => err.name);
Object.assign(kept, storage);
seen.ownerAfterReuse = await fetchAuthSession({ forceRefresh: true }).then(({ tokens }) => (tokens ? "tokens" : "none"), (err) => err.name);

await signOut();
seen.left = Object.keys(kept).filter((key) => key.endsWith("Token"));
console.log(JSON.stringify(seen));
