package account_test

import (
	"strings"
	"testing"

	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/trigger"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// Every message that goes out can be worded by the pool's function, which gets the
// metadata of the call.
func TestAFunctionWordsEachMessage(t *testing.T) {
	d := newDesk(t, verifying())
	d.On(userpool.TriggerCustomMessage, func(e enginetest.Event) error {
		e.Respond("emailSubject", e.Source())
		e.Respond("emailMessage", "<i>{####}</i> {username}")
		return nil
	})
	saying := enginetest.Pairs("tenant", "x")
	o := trigger.Occasion{Pool: d.Pool, Client: d.tells.ID, Metadata: saying}
	calls := []struct {
		source string
		call   func() error
	}{
		{"CustomMessage_SignUp", func() error {
			_, _, err := d.Accounts.SignUp(t.Context(), d.Pool, d.tells, account.SignUp{Username: "bob", Password: right, Attributes: enginetest.Pairs("email", "bob@example.com"), Metadata: saying})
			return err
		}},
		{"CustomMessage_ResendCode", func() error {
			_, err := d.Accounts.ResendConfirmation(t.Context(), d.Pool, d.hiding, "bob", saying, risk.Visit{})
			return err
		}},
		{"CustomMessage_AdminCreateUser", func() error {
			_, err := d.Accounts.Invite(t.Context(), d.Pool, account.Invitation{Username: "carol", Attributes: enginetest.Pairs("email", "carol@example.com"), Mediums: []string{"EMAIL"}, Metadata: saying})
			return err
		}},
		{"CustomMessage_ForgotPassword", func() error {
			d.alice()
			_, err := d.Accounts.ForgotPassword(t.Context(), d.Pool, d.hiding, "alice", saying, risk.Visit{})
			return err
		}},
		{"CustomMessage_ForgotPassword", func() error { return d.Accounts.ResetPassword(t.Context(), d.Pool, "alice", saying) }},
		{"CustomMessage_UpdateUserAttribute", func() error {
			_, err := d.Accounts.SetOwnAttributes(t.Context(), d.Pool, d.tells, d.MustFind("alice"), enginetest.Pairs("email", "new@example.com"), saying)
			return err
		}},
		{"CustomMessage_VerifyUserAttribute", func() error {
			_, err := d.Accounts.SendVerification(t.Context(), o, d.MustFind("alice"), "email")
			return err
		}},
		{"CustomMessage_Authentication", func() error {
			_, err := d.Accounts.SendSignInCode(t.Context(), o, d.MustFind("alice"), account.SignInCode{Attribute: "email", Code: "123456"})
			return err
		}},
	}
	for _, c := range calls {
		d.Outbox.Clear()
		d.Functions.Sources()
		wantErr(t, c.source, c.call(), nil)
		sent, events := d.Outbox.Sent(), d.Functions.Events()
		if len(sent) != 1 || sent[0].Subject != c.source || !strings.HasPrefix(sent[0].Body.Reveal(), "<i>") || strings.Contains(sent[0].Body.Reveal(), "{") {
			t.Errorf("%s: messages %+v", c.source, sent)
		}
		if len(events) != 1 || events[0].Source() != c.source || events[0].Request()["clientMetadata"].(map[string]any)["tenant"] != "x" {
			t.Errorf("%s: events %v", c.source, events)
		}
	}
}

// A client that hides whether users exist learns nothing of a function that fails;
// another client gets its error.
func TestAFunctionThatFailsToWordAMessage(t *testing.T) {
	d := newDesk(t, verifying())
	d.alice()
	d.On(userpool.TriggerCustomMessage, refuse)
	_, err := d.forgot(d.tells, "alice")
	wantErr(t, "a client that tells", err, trigger.ErrRefused.Saying("CustomMessage failed with error not you."))
	_, err = d.forgot(d.hiding, "alice")
	wantErr(t, "a client that hides", err, nil)
	if sent := d.Outbox.Sent(); len(sent) != 0 {
		t.Errorf("%d messages, want none", len(sent))
	}
}

// A function is asked for the words in the background too, and what it could not
// word is known by its draft.
func TestAFunctionThatFailsInTheBackground(t *testing.T) {
	d := newDesk(t, verifying())
	d.alice()
	d.On(userpool.TriggerCustomMessage, refuse)
	mail := &brokenMail{}
	d.Accounts.Messages = mail
	_, err := d.forgot(d.hiding, "alice")
	wantErr(t, "the answer", err, nil)
	if len(mail.drafts) != 1 || mail.drafts[0].To != "alice@example.com" || mail.drafts[0].Username != "alice" || len(d.Functions.Events()) != 0 {
		t.Fatalf("drafts %+v, want one for alice, before any call of the function", mail.drafts)
	}
	_, err = mail.writes[0](t.Context())
	wantErr(t, "in the background", err, trigger.ErrRefused.Saying("CustomMessage failed with error not you."))
}
