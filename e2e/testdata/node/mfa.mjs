// A front end with amazon-cognito-identity-js: a person who has no second factor
// sets up an authenticator app, and signs in with it. Prints what it saw as JSON.
import cognito from "amazon-cognito-identity-js";
import { codeOf, otherThan, stepNow } from "./totp.mjs";

const { AuthenticationDetails, CognitoUser, CognitoUserPool } = cognito;
const { ENDPOINT, POOL, CLIENT, USERNAME, PASSWORD } = process.env;

const pool = new CognitoUserPool({ UserPoolId: POOL, ClientId: CLIENT, endpoint: ENDPOINT });

// signIn resolves to the name of the callback that the library calls.
const signIn = (user) => new Promise((resolve, reject) => {
  const called = (name) => (first) => resolve([name, first]);
  user.authenticateUser(new AuthenticationDetails({ Username: USERNAME, Password: PASSWORD }), {
    onFailure: reject, onSuccess: called("onSuccess"), mfaSetup: called("mfaSetup"), totpRequired: called("totpRequired"),
    mfaRequired: called("mfaRequired"), selectMFAType: called("selectMFAType"),
  });
});

const seen = {};
const first = new CognitoUser({ Username: USERNAME, Pool: pool });
[seen.first] = await signIn(first);
const secret = await new Promise((associateSecretCode, onFailure) => first.associateSoftwareToken({ associateSecretCode, onFailure }));
const verify = (code) => new Promise((onSuccess, onFailure) => first.verifySoftwareToken(code, "laptop", { onSuccess, onFailure }));
seen.wrongSetUp = await verify(otherThan(secret)).then(() => "", (err) => err.code);
const used = stepNow();
seen.setUp = (await verify(codeOf(secret, used))).isValid();

const second = new CognitoUser({ Username: USERNAME, Pool: pool });
[seen.second] = await signIn(second);
const send = (code) => new Promise((onSuccess, onFailure) => second.sendMFACode(code, { onSuccess, onFailure }, "SOFTWARE_TOKEN_MFA"));
seen.wrongCode = await send(otherThan(secret)).then(() => "", (err) => err.code);
seen.usedCode = await send(codeOf(secret, used)).then(() => "", (err) => err.code);
const session = await send(codeOf(secret, used + 1));
seen.signedIn = session.isValid();
const data = await new Promise((resolve, reject) => second.getUserData((err, value) => (err ? reject(err) : resolve(value))));
seen.list = data.UserMFASettingList;
console.log(JSON.stringify(seen));
