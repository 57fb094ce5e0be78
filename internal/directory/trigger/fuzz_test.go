package trigger_test

import (
	"errors"
	"testing"

	"gatehouse/internal/directory/trigger"
)

// Whatever a function answers is read, or is refused with Cognito's words.
func FuzzAnswers(f *testing.F) {
	for _, response := range []string{
		`{}`, `null`, `{"autoConfirmUser":true,"autoVerifyEmail":"yes"}`, `{"challengeName":"CUSTOM_CHALLENGE","issueTokens":false,"failAuthentication":null}`,
		`{"publicChallengeParameters":{"a":"b"},"privateChallengeParameters":{"c":"d"},"challengeMetadata":"m"}`, `{"answerCorrect":true}`,
		`{"userAttributes":{"email":"a@example.com","username":"b"},"finalUserStatus":"CONFIRMED","messageAction":"SUPPRESS","desiredDeliveryMediums":["EMAIL"],"enableSMSMFA":true}`,
		`{"smsMessage":"{####}","emailMessage":"{####} {username}","emailSubject":"s"}`,
		`{"claimsOverrideDetails":{"claimsToAddOrOverride":{"a":"b","c":null},"claimsToSuppress":["d"],"groupOverrideDetails":{"groupsToOverride":["e"],"iamRolesToOverride":[],"preferredRole":""}}}`,
		`{"claimsAndScopeOverrideDetails":{"idTokenGeneration":{"claimsToAddOrOverride":{"a":{"b":[1]}}},"accessTokenGeneration":{"scopesToAdd":["a/b"],"scopesToSuppress":["c"]},"groupOverrideDetails":{}}}`,
	} {
		f.Add(`{"response":` + response + `}`)
		f.Add(response)
	}
	f.Fuzz(func(t *testing.T, answer string) {
		l := &lambda{answer: answer}
		for name, ask := range asks {
			if err := ask(t.Context(), l.engine()); answer != "" && err != nil && !errors.Is(err, trigger.ErrOutput) {
				t.Errorf("%s: %v", name, err)
			}
		}
		for v := 1; v <= 3; v++ {
			c, err := l.engine().PreToken(t.Context(), occasion(version(v)), tokenEvent())
			if n := len(c.ID.Set) + len(c.ID.Drop) + len(c.Access.Set) + len(c.Access.Drop) + len(c.AddScopes) + len(c.DropScopes); n > 5000 || err != nil && answer != "" && !errors.Is(err, trigger.ErrOutput) {
				t.Errorf("version %d: %d changes, %v", v, n, err)
			}
		}
	})
}
