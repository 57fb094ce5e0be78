// An application's front end and back end, with the libraries that applications
// of Cognito have: one signs in with SRP, the other verifies tokens. Prints what
// it saw as JSON.
import cognito from "amazon-cognito-identity-js";
import { JwtVerifier } from "aws-jwt-verify";

const { AuthenticationDetails, CognitoRefreshToken, CognitoUser, CognitoUserPool } = cognito;
const { ENDPOINT, POOL, CLIENT, USERNAME, PASSWORD, NEW_PASSWORD } = process.env;

const pool = new CognitoUserPool({ UserPoolId: POOL, ClientId: CLIENT, endpoint: ENDPOINT });
const user = new CognitoUser({ Username: USERNAME, Pool: pool });

// call turns a method that takes a callback into a promise.
const call = (target, method, ...args) => new Promise((resolve, reject) =>
  target[method](...args, (err, value) => (err ? reject(err) : resolve(value))));

const signIn = (who, password) => new Promise((onSuccess, onFailure) =>
  who.authenticateUser(new AuthenticationDetails({ Username: USERNAME, Password: password }), { onSuccess, onFailure }));

const failure = (promise) => promise.then(() => "", (err) => err.code || err.name);

const verify = (token, use) => JwtVerifier.create({ issuer: `${ENDPOINT}${POOL}`, audience: null })
  .verify(token, { customJwtCheck: ({ payload }) => {
    if (payload.token_use !== use) throw new Error(`token_use is ${payload.token_use}, want ${use}`);
  } });

const seen = { wrongPassword: await failure(signIn(user, PASSWORD + "x")) };

let session = await signIn(user, PASSWORD);
seen.id = await verify(session.getIdToken().getJwtToken(), "id");
seen.access = await verify(session.getAccessToken().getJwtToken(), "access");

seen.attributes = Object.fromEntries((await call(user, "getUserAttributes")).map((a) => [a.Name, a.Value]));

session = await call(user, "refreshSession", new CognitoRefreshToken({ RefreshToken: session.getRefreshToken().getToken() }));
seen.refreshed = await verify(session.getIdToken().getJwtToken(), "id");

await call(user, "changePassword", PASSWORD, NEW_PASSWORD);
seen.oldPassword = await failure(signIn(new CognitoUser({ Username: USERNAME, Pool: pool }), PASSWORD));
await new Promise((onSuccess, onFailure) => user.globalSignOut({ onSuccess, onFailure }));
seen.afterSignOut = await failure(call(new CognitoUser({ Username: USERNAME, Pool: pool }), "refreshSession", session.getRefreshToken()));

console.log(JSON.stringify(seen));
