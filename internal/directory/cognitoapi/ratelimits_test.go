package cognitoapi

import (
	"maps"
	"net/http/httptest"
	"slices"
	"strconv"
	"testing"

	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/ratelimit"
)

func TestEachOperationHasACategory(t *testing.T) {
	unused := maps.Clone(categories)
	for _, op := range wire.Table() {
		if categories[op.Name] == "" {
			t.Errorf("%s has no category", op.Name)
		}
		delete(unused, op.Name)
	}
	if len(unused) > 0 {
		t.Errorf("the API has no operations %v", slices.Sorted(maps.Keys(unused)))
	}
}

func TestANewPasswordIsARecovery(t *testing.T) {
	for _, c := range []struct {
		in   wire.Input
		want string
	}{
		{&wire.RespondToAuthChallengeInput{ChallengeName: new("PASSWORD_VERIFIER")}, ratelimit.UserAuthenticationAnswers},
		{&wire.RespondToAuthChallengeInput{ChallengeName: new("NEW_PASSWORD_REQUIRED")}, ratelimit.UserAccountRecovery},
		{&wire.AdminRespondToAuthChallengeInput{ChallengeName: new("NEW_PASSWORD_REQUIRED")}, ratelimit.UserAccountRecovery},
		{&wire.AdminRespondToAuthChallengeInput{}, ratelimit.UserAuthenticationAnswers},
	} {
		if got := categoryOf("RespondToAuthChallenge", c.in); got != c.want {
			t.Errorf("the category of %T is %s, want %s", c.in, got, c.want)
		}
	}
}

// Every operation can say that there were too many requests, in a way that an SDK
// takes as a reason to try again.
func TestRefusalsThatSDKsTryAgain(t *testing.T) {
	for _, op := range wire.Table() {
		w := httptest.NewRecorder()
		wireErrorOf(&op, ratelimit.ErrRate, "id").write(w)
		name := w.Header().Get("x-amzn-ErrorType")
		if name != "TooManyRequestsException:" && name != "ThrottlingException:" || w.Code != 400 {
			t.Errorf("%s answers %d %s", op.Name, w.Code, name)
		}
		if op.Allows("TooManyRequestsException") != (name == "TooManyRequestsException:") {
			t.Errorf("%s answers %s", op.Name, name)
		}
		if ms, err := strconv.Atoi(w.Header().Get("x-amz-retry-after")); err != nil || ms < 100 || ms >= 1000 {
			t.Errorf("%s tells the SDK to wait %q", op.Name, w.Header().Get("x-amz-retry-after"))
		}
	}
	w := httptest.NewRecorder()
	wireErrorOf(nil, ErrUnknownOperation, "id").write(w)
	if after := w.Header().Get("x-amz-retry-after"); after != "" {
		t.Errorf("another refusal tells the SDK to wait %s", after)
	}
}
