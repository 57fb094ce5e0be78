package cognitoapi

import (
	"maps"
	"net/http/httptest"
	"slices"
	"strconv"
	"testing"

	"gatehouse/internal/base/seal"
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

// A user is whom an administrator or an access token names, and no member of another
// kind of request.
func TestWhatHasALimitOfItsOwn(t *testing.T) {
	token := seal.Secret("t")
	for _, c := range []struct {
		operation   string
		in          wire.Input
		kind, thing string
	}{
		{"AdminGetUser", &wire.AdminGetUserInput{UserPoolID: new("p"), Username: new("u")}, ratelimit.UserReads, "p u"},
		{"GetUser", &wire.GetUserInput{AccessToken: &token}, ratelimit.UserReads, "t"},
		{"AdminDisableUser", &wire.AdminDisableUserInput{UserPoolID: new("p"), Username: new("u")}, ratelimit.UserWrites, "p u"},
		{"UpdateUserAttributes", &wire.UpdateUserAttributesInput{AccessToken: &token}, ratelimit.UserWrites, "t"},
		{"DescribeUserPool", &wire.DescribeUserPoolInput{UserPoolID: new("p")}, ratelimit.PoolOperation, "DescribeUserPool p"},
		{"CreateGroup", &wire.CreateGroupInput{UserPoolID: new("p"), GroupName: new("g")}, ratelimit.PoolOperation, "CreateGroup p"},
		{"ListUserPools", &wire.ListUserPoolsInput{}, "", ""},
		{"ListUsers", &wire.ListUsersInput{UserPoolID: new("p")}, "", ""},
		{"InitiateAuth", &wire.InitiateAuthInput{ClientID: new("c")}, "", ""},
		{"ResendConfirmationCode", &wire.ResendConfirmationCodeInput{ClientID: new("c"), Username: new("u")}, "", ""},
		{"SignUp", &wire.SignUpInput{ClientID: new("c"), Username: new("u")}, "", ""},
		{"AdminGetUser", &wire.AdminGetUserInput{}, "", ""}, // refused later
	} {
		if kind, thing := single(wire.Find(c.operation), categories[c.operation], c.in); kind != c.kind || thing != c.thing {
			t.Errorf("%s has the limit %q of %q, want %q of %q", c.operation, kind, thing, c.kind, c.thing)
		}
	}
}

// Whoever proves nothing names no user at whose cost the request counts: strangers could
// use up what is left of somebody's limit.
func TestStrangersCountAgainstNoUser(t *testing.T) {
	for _, op := range wire.Table() {
		if op.Auth == wire.AuthSignature {
			continue
		}
		in, err := op.Decode([]byte(`{"UserPoolId":"p","Username":"u","ClientId":"c"}`))
		if err != nil {
			t.Fatalf("%s: %v", op.Name, err)
		}
		if kind, thing := single(&op, categories[op.Name], in); kind != "" || thing != "" {
			t.Errorf("%s without a proof has the limit %q of %q, want none", op.Name, kind, thing)
		}
	}
}
