// A front end with Amplify whose users choose with what they sign in: a person signs
// in with a code by e-mail, and then with the password. Prints what it saw as JSON.
import { Amplify } from "aws-amplify";
import { confirmSignIn, fetchAuthSession, signIn, signOut } from "aws-amplify/auth";
import { cognitoUserPoolsTokenProvider } from "aws-amplify/auth/cognito";

const { ENDPOINT, POOL, CLIENT, USERNAME, PASSWORD, MAILBOX } = process.env;

Amplify.configure({ Auth: { Cognito: { userPoolId: POOL, userPoolClientId: CLIENT, userPoolEndpoint: ENDPOINT } } });

const kept = {};
cognitoUserPoolsTokenProvider.setKeyValueStorage({
  setItem: async (key, value) => { kept[key] = value; },
  getItem: async (key) => kept[key] ?? null,
  removeItem: async (key) => { delete kept[key]; },
  clear: async () => { for (const key in kept) delete kept[key]; },
});

const stepOf = ({ isSignedIn, nextStep }) => ({ isSignedIn, step: nextStep.signInStep, choice: nextStep.availableChallenges });
const seen = { steps: [] };
const note = async (step) => seen.steps.push(stepOf(await step));

await note(signIn({ username: USERNAME, options: { authFlowType: "USER_AUTH" } }));
await note(confirmSignIn({ challengeResponse: "EMAIL_OTP" }));
seen.wrongCode = await confirmSignIn({ challengeResponse: "00000000" }).then(() => "", (err) => err.name);
await note(confirmSignIn({ challengeResponse: await (await fetch(MAILBOX)).text() }));
seen.subject = (await fetchAuthSession()).tokens.idToken.payload["cognito:username"];
await signOut();
await note(signIn({ username: USERNAME, password: PASSWORD, options: { authFlowType: "USER_AUTH", preferredChallenge: "PASSWORD_SRP" } }));
await signOut();
console.log(JSON.stringify(seen));
