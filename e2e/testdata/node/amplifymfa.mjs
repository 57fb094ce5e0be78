// A front end with Amplify: a person who has no second factor sets up an
// authenticator app; later the same person, who has turned on e-mail too, chooses
// the app. Prints what it saw as JSON.
import { Amplify } from "aws-amplify";
import { confirmSignIn, fetchMFAPreference, signIn, signOut, updateMFAPreference } from "aws-amplify/auth";
import { cognitoUserPoolsTokenProvider } from "aws-amplify/auth/cognito";
import { codeOf, stepNow } from "./totp.mjs";

const { ENDPOINT, POOL, CLIENT, USERNAME, PASSWORD, SECRET, USED } = process.env;

Amplify.configure({ Auth: { Cognito: { userPoolId: POOL, userPoolClientId: CLIENT, userPoolEndpoint: ENDPOINT } } });

const kept = {};
cognitoUserPoolsTokenProvider.setKeyValueStorage({
  setItem: async (key, value) => { kept[key] = value; },
  getItem: async (key) => kept[key] ?? null,
  removeItem: async (key) => { delete kept[key]; },
  clear: async () => { for (const key in kept) delete kept[key]; },
});

const stepOf = ({ isSignedIn, nextStep }) => ({ isSignedIn, step: nextStep.signInStep, choice: nextStep.allowedMFATypes });
const seen = { steps: [] };

const first = await signIn({ username: USERNAME, password: PASSWORD });
seen.steps.push(stepOf(first));
if (SECRET) {
  seen.steps.push(stepOf(await confirmSignIn({ challengeResponse: "TOTP" })));
  seen.steps.push(stepOf(await confirmSignIn({ challengeResponse: codeOf(SECRET, Number(USED) + 1) })));
} else {
  seen.secret = first.nextStep.totpSetupDetails.sharedSecret;
  seen.used = stepNow();
  seen.steps.push(stepOf(await confirmSignIn({ challengeResponse: codeOf(seen.secret, seen.used) })));
  await updateMFAPreference({ totp: "ENABLED", email: "ENABLED" });
}
seen.preference = await fetchMFAPreference();
await signOut();
console.log(JSON.stringify(seen));
