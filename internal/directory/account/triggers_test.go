package account_test

import (
	"errors"
	"strings"
	"testing"

	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/trigger"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

func refuse(enginetest.Event) error { return errors.New("not you") }

func nothing(enginetest.Event) error { return nil }

// none fails the test if the user exists.
func (d *desk) none(name string) {
	d.t.Helper()
	if _, err := d.Users.Find(d.t.Context(), d.Pool, name); !errors.Is(err, user.ErrUserNotFound) {
		d.t.Errorf("%s: %v, want %v: the user was made", name, err, user.ErrUserNotFound)
	}
	if sent := d.Outbox.Sent(); len(sent) != 0 {
		d.t.Errorf("%d messages, want none", len(sent))
	}
}

func TestAFunctionThatRefusesAUserWritesNothing(t *testing.T) {
	for name, h := range map[string]enginetest.Handler{
		"refuses":                    refuse,
		"answers nonsense":           func(e enginetest.Event) error { e.Respond("autoConfirmUser", "yes"); return nil },
		"verifies what there is not": func(e enginetest.Event) error { e.Respond("autoVerifyPhone", true); return nil },
	} {
		d := newDesk(t, verifying())
		d.On(userpool.TriggerPreSignUp, h)
		_, _, err := d.signUp(d.tells, "alice", right, "email", "alice@example.com")
		if !errors.Is(err, trigger.ErrRefused) && !errors.Is(err, trigger.ErrOutput) {
			t.Errorf("%s: signing up: %v", name, err)
		}
		d.none("alice")
		_, err = d.Accounts.Invite(t.Context(), d.Pool, account.Invitation{Username: "bob", Attributes: enginetest.Pairs("email", "bob@example.com"), Mediums: []string{"EMAIL"}})
		if name != "verifies what there is not" { // for an invitation the answer does not count
			if err == nil {
				t.Errorf("%s: invited", name)
			}
			d.none("bob")
		}
	}
}

// Work in the background forgot which SDK had called.
func TestFunctionsAreToldTheSDKInTheBackground(t *testing.T) {
	ctx := trigger.WithAgent(t.Context(), "aws-sdk-js/3.1.0")
	for name, on := range map[string]userpool.Trigger{"the words": userpool.TriggerCustomMessage, "the sender": userpool.TriggerCustomEmailSender} {
		d := newDesk(t, verifying())
		d.alice()
		d.On(on, nothing)
		if _, err := d.Accounts.ForgotPassword(ctx, d.Pool, d.hiding, "alice", nil, risk.Visit{}); err != nil {
			t.Fatal(err)
		}
		events := d.Functions.Events()
		if len(events) != 1 {
			t.Fatalf("%s: %d events", name, len(events))
		}
		if got := events[0]["callerContext"].(map[string]any)["awsSdkVersion"]; got != "aws-sdk-js-3.1.0" {
			t.Errorf("%s: the SDK is %v", name, got)
		}
	}
}

func TestWhatTheFunctionOfSignUpGets(t *testing.T) {
	d := newDesk(t, verifying())
	d.On(userpool.TriggerPreSignUp, nothing)
	_, _, err := d.Accounts.SignUp(t.Context(), d.Pool, d.tells, account.SignUp{
		Username: "alice", Password: right, Attributes: enginetest.Pairs("email", "alice@example.com"),
		Validation: enginetest.Pairs("captcha", "x"), Metadata: enginetest.Pairs("tenant", "y"),
	})
	wantErr(t, "signing up", err, nil)
	e := d.Functions.Events()[0]
	attributes := e.Request()["userAttributes"].(map[string]any)
	if e.Source() != "PreSignUp_SignUp" || e["userName"] != "alice" || attributes["email"] != "alice@example.com" || attributes["sub"] != nil || attributes["cognito:user_status"] != nil {
		t.Errorf("event %v", e)
	}
	if e.Request()["validationData"].(map[string]any)["captcha"] != "x" || e.Request()["clientMetadata"].(map[string]any)["tenant"] != "y" {
		t.Errorf("request %v", e.Request())
	}
	// What does not pass the pool's own rules does not reach the function.
	d.Functions.Sources()
	d.signUp(d.tells, "bob", "short", "email", "bob@example.com")
	d.signUp(d.tells, "bob", right, "email", "not an address")
	if got := d.Functions.Sources(); got != "" {
		t.Errorf("the function was asked: %s", got)
	}
}

func TestAFunctionConfirmsAndVerifies(t *testing.T) {
	d := newDesk(t, verifying())
	d.MustUser("owner", "email", "alice@example.com", "email_verified", "true")
	d.On(userpool.TriggerPreSignUp, func(e enginetest.Event) error {
		e.Respond("autoConfirmUser", true)
		e.Respond("autoVerifyEmail", true)
		return nil
	})
	d.On(userpool.TriggerPostConfirmation, nothing)
	d.Functions.Sources()
	u, delivery, err := d.signUp(d.tells, "alice", right, "email", "alice@example.com")
	if err != nil || delivery != nil || u.Status != user.Confirmed {
		t.Fatalf("%+v, %+v, %v", u, delivery, err)
	}
	if got := d.Functions.Sources(); got != "PreSignUp_SignUp PostConfirmation_ConfirmSignUp" {
		t.Errorf("events %s", got)
	}
	if sent := d.Outbox.Sent(); len(sent) != 0 {
		t.Errorf("%d messages, want no code", len(sent))
	}
	if kept := d.MustFind("alice@example.com"); kept.Sub != u.Sub || !kept.Verified("email") || kept.Status != user.Confirmed {
		t.Errorf("the alias is %s's", kept.Username)
	}
	if d.MustFind("owner").Verified("email") {
		t.Error("the former owner still has a verified address")
	}
	wantErr(t, "signing in", d.opens("alice", right), nil)
}

func TestAFunctionIsToldOfEachConfirmation(t *testing.T) {
	d := newDesk(t, verifying())
	d.On(userpool.TriggerPostConfirmation, nothing)
	d.signUp(d.tells, "alice", right, "email", "alice@example.com")
	wantErr(t, "a wrong code", d.confirm(d.tells, "alice", enginetest.WrongCode(d.MustCode("alice@example.com"))), credential.ErrCodeMismatch)
	if got := d.Functions.Sources(); got != "" {
		t.Errorf("after a wrong code: %s", got)
	}
	wantErr(t, "the code", d.confirm(d.tells, "alice", d.MustCode("alice@example.com")), nil)
	e := d.Functions.Events()[0]
	attributes := e.Request()["userAttributes"].(map[string]any)
	if e.Source() != "PostConfirmation_ConfirmSignUp" || attributes["cognito:user_status"] != "CONFIRMED" || attributes["email_verified"] != "true" || attributes["sub"] == nil || attributes["cognito:email_alias"] != "alice@example.com" {
		t.Errorf("event %v", e)
	}
	d.Functions.Sources()
	d.MustSignUp(d.tells, "bob", "email", "bob@example.com")
	wantErr(t, "by an administrator", d.Accounts.ConfirmByAdmin(t.Context(), d.Pool, "bob", enginetest.Pairs("a", "b")), nil)
	e = d.Functions.Events()[0]
	if e["callerContext"].(map[string]any)["clientId"] != "CLIENT_ID_NOT_APPLICABLE" || e.Request()["clientMetadata"].(map[string]any)["a"] != "b" {
		t.Errorf("event %v", e)
	}
	d.Functions.Sources()
	d.forgot(d.tells, "alice")
	wantErr(t, "a reset", d.reset(d.tells, "alice", d.MustCode("alice@example.com"), "Other-Horse-8"), nil)
	if got := d.Functions.Sources(); got != "PostConfirmation_ConfirmForgotPassword" {
		t.Errorf("after a reset: %s", got)
	}
}

// The change stays, as at Cognito: the person is confirmed although the caller gets
// the error.
func TestAnErrorAfterAConfirmationDoesNotUndoIt(t *testing.T) {
	d := newDesk(t, verifying())
	d.On(userpool.TriggerPostConfirmation, refuse)
	d.MustSignUp(d.tells, "alice", "email", "alice@example.com")
	err := d.confirm(d.tells, "alice", d.MustCode("alice@example.com"))
	if !errors.Is(err, trigger.ErrRefused) || !strings.Contains(err.Error(), "PostConfirmation failed with error not you.") {
		t.Errorf("error %v", err)
	}
	if u := d.MustFind("alice"); u.Status != user.Confirmed || !u.Verified("email") {
		t.Errorf("%+v, want a confirmed user", u)
	}
}
