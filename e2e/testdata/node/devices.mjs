// A front end with amazon-cognito-identity-js in a pool that remembers devices: the
// device takes the place of the second factor, until it is forgotten. Prints what it
// saw as JSON.
import cognito from "amazon-cognito-identity-js";
import { codeOf, stepNow } from "./totp.mjs";

const { AuthenticationDetails, CognitoUser, CognitoUserPool } = cognito;
const { ENDPOINT, POOL, CLIENT, USERNAME, PASSWORD } = process.env;

const pool = new CognitoUserPool({ UserPoolId: POOL, ClientId: CLIENT, endpoint: ENDPOINT });
const newUser = () => new CognitoUser({ Username: USERNAME, Pool: pool });

// signIn resolves to the name of the callback that the library calls.
const signIn = (user) => new Promise((resolve, reject) => {
  const called = (name) => () => resolve(name);
  user.authenticateUser(new AuthenticationDetails({ Username: USERNAME, Password: PASSWORD }), {
    onFailure: reject, onSuccess: called("onSuccess"), mfaSetup: called("mfaSetup"), totpRequired: called("totpRequired"),
    mfaRequired: called("mfaRequired"), selectMFAType: called("selectMFAType"),
  });
});
const done = (call) => new Promise((onSuccess, onFailure) => call({ onSuccess, onFailure }));

const seen = {};
const first = newUser();
seen.first = await signIn(first);
const secret = await new Promise((associateSecretCode, onFailure) => first.associateSoftwareToken({ associateSecretCode, onFailure }));
await done((callbacks) => first.verifySoftwareToken(codeOf(secret, stepNow()), "laptop", callbacks));
await new Promise((resolve, reject) => first.setUserMfaPreference(null, { Enabled: true, PreferredMfa: true }, (err) => (err ? reject(err) : resolve())));

const second = newUser();
seen.remembered = await signIn(second);
seen.devices = (await done((callbacks) => second.listDevices(10, null, callbacks))).Devices.length;
await done((callbacks) => second.forgetDevice(callbacks));
seen.forgotten = await signIn(newUser());
console.log(JSON.stringify(seen));
