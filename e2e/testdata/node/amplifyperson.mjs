// The life of an account at a front end with Amplify: a person signs up, forgets the
// password, has the device remembered, which then takes the place of the second factor,
// adds a passkey and signs in with it, and leaves. Prints what it saw as JSON.
import { Amplify } from "aws-amplify";
import {
  associateWebAuthnCredential, confirmResetPassword, confirmSignIn, confirmSignUp, deleteUser, deleteWebAuthnCredential, fetchAuthSession, fetchDevices, forgetDevice,
  listWebAuthnCredentials, rememberDevice, resendSignUpCode, resetPassword, setUpTOTP, signIn, signOut, signUp, updateMFAPreference, updatePassword, verifyTOTPSetup,
} from "aws-amplify/auth";
import { cognitoUserPoolsTokenProvider } from "aws-amplify/auth/cognito";
import { codeOf, stepNow } from "./totp.mjs";
import { addBrowser } from "./webauthn.mjs";

const { ENDPOINT, POOL, CLIENT, ORIGIN, MAILBOX } = process.env;
const username = "erin", email = "erin@example.com", password = "Erin-2026!", second = "Erin-2027!", third = "Erin-2028!";

addBrowser(ORIGIN);
Amplify.configure({ Auth: { Cognito: { userPoolId: POOL, userPoolClientId: CLIENT, userPoolEndpoint: ENDPOINT } } });

const kept = {};
cognitoUserPoolsTokenProvider.setKeyValueStorage({
  setItem: async (key, value) => { kept[key] = value; },
  getItem: async (key) => kept[key] ?? null,
  removeItem: async (key) => { delete kept[key]; },
  clear: async () => { for (const key in kept) delete kept[key]; },
});

const seen = { steps: {} };
const note = async (what, step) => {
  const { isSignedIn, isSignUpComplete, nextStep } = await step;
  seen.steps[what] = nextStep?.signInStep ?? nextStep?.signUpStep ?? nextStep?.resetPasswordStep;
  return isSignedIn ?? isSignUpComplete;
};
const failure = (promise) => promise.then(() => "", (err) => err.name);
let mails = 0;
const code = async () => (await fetch(`${MAILBOX}?n=${++mails}`)).text();

await note("signUp", signUp({ username, password, options: { userAttributes: { email } } }));
await code();
await resendSignUpCode({ username });
seen.taken = await failure(signUp({ username, password, options: { userAttributes: { email } } }));
seen.unconfirmed = await signIn({ username, password }).then(({ nextStep }) => nextStep.signInStep, (err) => err.name);
await note("confirmSignUp", confirmSignUp({ username, confirmationCode: await code() }));

await note("resetPassword", resetPassword({ username }));
await confirmResetPassword({ username, newPassword: second, confirmationCode: await code() });
seen.oldPassword = await failure(signIn({ username, password }));
await note("signIn", signIn({ username, password: second }));
await updatePassword({ oldPassword: second, newPassword: third });

const { sharedSecret } = await setUpTOTP();
const used = stepNow();
await verifyTOTPSetup({ code: codeOf(sharedSecret, used) });
await updateMFAPreference({ totp: "PREFERRED" });
await rememberDevice();
seen.devices = (await fetchDevices()).length;
await signOut();
await note("onTheDevice", signIn({ username, password: third }));
await forgetDevice();
await signOut();
await note("onAForgottenDevice", signIn({ username, password: third }));
await note("withTheApp", confirmSignIn({ challengeResponse: codeOf(sharedSecret, used + 1) }));
await updateMFAPreference({ totp: "DISABLED" });

await associateWebAuthnCredential();
seen.passkeys = (await listWebAuthnCredentials()).credentials.length;
await signOut();
await note("withThePasskey", signIn({ username, options: { authFlowType: "USER_AUTH", preferredChallenge: "WEB_AUTHN" } }));
seen.subject = (await fetchAuthSession()).tokens.accessToken.payload.username;
const [{ credentialId }] = (await listWebAuthnCredentials()).credentials;
await deleteWebAuthnCredential({ credentialId });
seen.passkeysLeft = (await listWebAuthnCredentials()).credentials.length;
await deleteUser();
seen.deleted = await failure(signIn({ username, password: third }));
console.log(JSON.stringify(seen));
