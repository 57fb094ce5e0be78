package account_test

import (
	"errors"
	"html"
	"strings"
	"testing"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/trigger"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/message"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// sender is a desk whose messages a function of the pool sends.
type sender struct{ *desk }

func newSender(t *testing.T, s userpool.Settings, on userpool.Trigger) sender {
	d := sender{newDesk(t, s)}
	d.On(on, nothing)
	return d
}

// got returns the one event since the last call, and its code.
func (d sender) got(source string) (enginetest.Event, seal.Secret) {
	d.t.Helper()
	events := d.Functions.Events()
	d.Functions.Sources()
	if len(events) != 1 || events[0].Source() != source {
		d.t.Fatalf("events %v, want one %s", events, source)
	}
	if sent := d.Outbox.Sent(); len(sent) != 0 {
		d.t.Errorf("%s: the pool sent %d messages itself", source, len(sent))
	}
	if events[0].Request()["code"] == nil {
		return events[0], ""
	}
	return events[0], enginetest.MustOpenCode(d.t, d.Triggers.Keys, events[0])
}

func (d sender) attributes(e enginetest.Event) map[string]any {
	return e.Request()["userAttributes"].(map[string]any)
}

// Every message goes to the function, with the code that works, and the metadata of
// the call.
func TestAFunctionSendsEachMessage(t *testing.T) {
	d := newSender(t, verifying(), userpool.TriggerCustomEmailSender)
	d.On(userpool.TriggerCustomMessage, nothing) // nobody is asked for words that nobody reads
	saying := enginetest.Pairs("tenant", "x")
	o := trigger.Occasion{Pool: d.Pool, Client: d.tells.ID, Metadata: saying}

	_, _, err := d.Accounts.SignUp(t.Context(), d.Pool, d.tells, account.SignUp{Username: "bob", Password: right, Attributes: enginetest.Pairs("email", "bob@example.com"), Metadata: saying})
	wantErr(t, "signing up", err, nil)
	e, code := d.got("CustomEmailSender_SignUp")
	if e.Request()["type"] != "customEmailSenderRequestV1" || e.Request()["clientMetadata"].(map[string]any)["tenant"] != "x" || e["userName"] != "bob" ||
		d.attributes(e)["email"] != "bob@example.com" || d.attributes(e)["cognito:user_status"] != "UNCONFIRMED" {
		t.Errorf("event %v", e)
	}
	wantErr(t, "a wrong code", d.confirm(d.tells, "bob", enginetest.WrongCode(code)), credential.ErrCodeMismatch)
	_, err = d.Accounts.ResendConfirmation(t.Context(), d.Pool, d.hiding, "bob", nil, risk.Visit{})
	wantErr(t, "resending", err, nil)
	e, code = d.got("CustomEmailSender_ResendCode")
	if metadata, there := e.Request()["clientMetadata"]; metadata != nil || !there {
		t.Errorf("without metadata: %v", e.Request())
	}
	wantErr(t, "the code", d.confirm(d.tells, "bob", code), nil)

	_, err = d.Accounts.Invite(t.Context(), d.Pool, account.Invitation{Username: "carol", Attributes: enginetest.Pairs("email", "carol@example.com"), Mediums: []string{"EMAIL"}, TemporaryPassword: `A<b>&"Horse-7'`, Metadata: saying})
	wantErr(t, "inviting", err, nil)
	if _, code = d.got("CustomEmailSender_AdminCreateUser"); code != "A&lt;b&gt;&amp;&quot;Horse-7'" {
		t.Errorf("the temporary password is %s", code.Reveal())
	}
	wantErr(t, "the temporary password", d.opens("carol", seal.Secret(html.UnescapeString(code.Reveal()))), nil)
	_, err = d.Accounts.ResendInvitation(t.Context(), d.Pool, account.Invitation{Username: "carol", Mediums: []string{"EMAIL"}})
	wantErr(t, "inviting again", err, nil)
	_, code = d.got("CustomEmailSender_AdminCreateUser")
	wantErr(t, "the new temporary password", d.opens("carol", seal.Secret(html.UnescapeString(code.Reveal()))), nil)

	d.alice()
	_, err = d.forgot(d.hiding, "alice")
	wantErr(t, "forgetting", err, nil)
	_, code = d.got("CustomEmailSender_ForgotPassword")
	wantErr(t, "the reset", d.reset(d.tells, "alice", code, "Other-Horse-8"), nil)
	wantErr(t, "a reset by an administrator", d.Accounts.ResetPassword(t.Context(), d.Pool, "alice", saying), nil)
	_, code = d.got("CustomEmailSender_ForgotPassword")
	wantErr(t, "the reset", d.reset(d.tells, "alice", code, "Third-Horse-9"), nil)

	_, err = d.Accounts.SetOwnAttributes(t.Context(), d.Pool, d.tells, d.MustFind("alice"), enginetest.Pairs("email", "new@example.com"), saying)
	wantErr(t, "a new address", err, nil)
	if e, _ = d.got("CustomEmailSender_UpdateUserAttribute"); d.attributes(e)["email"] != "new@example.com" {
		t.Errorf("attributes %v", d.attributes(e))
	}
	_, err = d.Accounts.SendVerification(t.Context(), o, d.MustFind("alice"), "email")
	wantErr(t, "verifying", err, nil)
	_, code = d.got("CustomEmailSender_VerifyUserAttribute")
	wantErr(t, "the code", d.Accounts.VerifyContact(t.Context(), d.Pool, d.MustFind("alice"), "email", code), nil)
	for _, hidden := range []bool{true, false} {
		_, err = d.Accounts.SendSignInCode(t.Context(), o, d.MustFind("alice"), account.SignInCode{Attribute: "email", Code: "123456", Hidden: hidden})
		wantErr(t, "signing in", err, nil)
		if _, code = d.got("CustomEmailSender_Authentication"); code != "123456" {
			t.Errorf("the code is %s", code.Reveal())
		}
	}
}

// With the other medium the pool sends itself.
func TestAFunctionSendsItsMediumAlone(t *testing.T) {
	d := newSender(t, verifying(), userpool.TriggerCustomSMSSender)
	d.MustUser("alice", "email", "alice@example.com", "email_verified", "true", "phone_number", "+15550100", "phone_number_verified", "true")
	o := trigger.Occasion{Pool: d.Pool, Client: d.tells.ID}
	send := func(attribute string) {
		t.Helper()
		_, err := d.Accounts.SendSignInCode(t.Context(), o, d.MustFind("alice"), account.SignInCode{Attribute: attribute, Code: "123456"})
		wantErr(t, attribute, err, nil)
	}
	send("phone_number")
	e, code := d.got("CustomSMSSender_Authentication")
	if e.Request()["type"] != "customSMSSenderRequestV1" || code != "123456" || d.attributes(e)["phone_number"] != "+15550100" {
		t.Errorf("event %v", e)
	}
	send("email")
	if sent := d.Outbox.Sent(); len(sent) != 1 || sent[0].To != "alice@example.com" || len(d.Functions.Events()) != 0 {
		t.Errorf("messages %v, events %v", sent, d.Functions.Events())
	}
}

// A code that proves an address goes to that address, also while the user still has
// the former one.
func TestAFunctionSendsToTheAddressThatTheCodeProves(t *testing.T) {
	s := verifying()
	s.VerifiedBeforeUpdate = []string{"email"}
	d := newSender(t, s, userpool.TriggerCustomEmailSender)
	d.alice()
	_, err := d.Accounts.SetOwnAttributes(t.Context(), d.Pool, d.tells, d.MustFind("alice"), enginetest.Pairs("email", "new@example.com"), nil)
	wantErr(t, "a new address", err, nil)
	e, code := d.got("CustomEmailSender_UpdateUserAttribute")
	if d.attributes(e)["email"] != "new@example.com" || d.MustFind("alice").Attributes["email"] != "alice@example.com" {
		t.Errorf("the function got %v", d.attributes(e))
	}
	wantErr(t, "the code", d.Accounts.VerifyContact(t.Context(), d.Pool, d.MustFind("alice"), "email", code), nil)
	if u := d.MustFind("alice"); u.Attributes["email"] != "new@example.com" || !u.Verified("email") {
		t.Errorf("%v, want the new address", u.Attributes)
	}
}

func TestAMessageWithoutACodeHasNone(t *testing.T) {
	s := verifying()
	s.FirstFactors = []string{userpool.FirstPassword, userpool.FirstEmail}
	d := newSender(t, s, userpool.TriggerCustomEmailSender)
	_, err := d.Accounts.Invite(t.Context(), d.Pool, account.Invitation{Username: "carol", Attributes: enginetest.Pairs("email", "carol@example.com", "email_verified", "true"), Mediums: []string{"EMAIL"}})
	wantErr(t, "inviting", err, nil)
	e, code := d.got("CustomEmailSender_AdminCreateUser")
	if null, there := e.Request()["code"]; null != nil || !there || code != "" || d.MustFind("carol").Status != user.Confirmed {
		t.Errorf("event %v", e)
	}
}

// The caller sees nothing of a function that fails, whoever calls. What was not sent
// is there in the pool's words for the operator, and is tried again if that can help.
func TestAFunctionThatDoesNotSend(t *testing.T) {
	d := newSender(t, verifying(), userpool.TriggerCustomEmailSender)
	d.alice()
	mail := &brokenMail{}
	d.Accounts.Messages = mail
	for _, c := range []*userpool.Client{d.tells, d.hiding} {
		_, err := d.forgot(c, "alice")
		wantErr(t, "the answer", err, nil)
	}
	if len(mail.drafts) != 2 || mail.drafts[0].To != "alice@example.com" || len(d.Functions.Events()) != 0 {
		t.Fatalf("drafts %+v, want two for alice, before any call of the function", mail.drafts)
	}
	m, err := mail.writes[0](t.Context())
	wantErr(t, "writing", err, nil)
	d.Functions.Handle(string(userpool.TriggerCustomEmailSender), refuse)
	if err := m.Via.Send(t.Context(), m); !errors.Is(err, trigger.ErrRefused) || errors.Is(err, message.ErrDelivery) {
		t.Errorf("a function that refuses: %v", err)
	}
	d.Functions.Handle(string(userpool.TriggerCustomEmailSender), nil)
	if err := m.Via.Send(t.Context(), m); !errors.Is(err, message.ErrDelivery) {
		t.Errorf("a function that cannot be called: %v, want %v", err, message.ErrDelivery)
	}
	d.Functions.Handle(string(userpool.TriggerCustomEmailSender), nothing)
	d.Functions.Sources()
	wantErr(t, "at last", m.Via.Send(t.Context(), m), nil)
	code := enginetest.MustOpenCode(t, d.Triggers.Keys, d.Functions.Events()[0])
	if text := m.Body.Reveal(); !strings.Contains(text, code.Reveal()) {
		t.Errorf("the kept message %q has not the code %s", text, code.Reveal())
	}
}

// The answer of such a function counts for nothing.
func TestAFunctionThatSendsAnswersNothing(t *testing.T) {
	d := newSender(t, verifying(), userpool.TriggerCustomEmailSender)
	d.alice()
	d.On(userpool.TriggerCustomEmailSender, func(e enginetest.Event) error { delete(e, "response"); return nil })
	mail := &brokenMail{}
	d.Accounts.Messages = mail
	_, err := d.forgot(d.tells, "alice")
	wantErr(t, "the answer", err, nil)
	wantErr(t, "sending", mail.drafts[0].Via.Send(t.Context(), mail.drafts[0]), nil)
}
