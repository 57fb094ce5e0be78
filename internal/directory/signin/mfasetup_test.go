package signin_test

import (
	"encoding/base64"
	"errors"
	"testing"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// associate begins the set-up of an app in a sign-in.
func (b *bench) associate(session seal.Secret) (secret string, next seal.Secret) {
	b.t.Helper()
	text, next, err := b.SignIns.AssociateTOTPFor(b.t.Context(), session)
	if err != nil {
		b.t.Fatalf("associate: %v", err)
	}
	return text.Reveal(), next
}

func (b *bench) verify(session, code seal.Secret) (seal.Secret, error) {
	return b.SignIns.VerifyTOTPFor(b.t.Context(), session, code, "phone")
}

func TestSetUpOfAnAppDuringTheSignIn(t *testing.T) {
	b := newBench(t, withMFA("ON", allFactors()...), userpool.ClientSettings{})
	alice := b.MustUser("alice")
	ch := b.challenged(signin.MFASetup)
	if got := ch.Parameters["MFAS_CAN_SETUP"]; got != `["SMS_MFA","SOFTWARE_TOKEN_MFA","EMAIL_OTP"]` {
		t.Errorf("MFAS_CAN_SETUP %s", got)
	}
	_, err := b.respond(ch.Name, ch.Session, "USERNAME", "alice")
	wantErr(t, "answer without a set-up", err, signin.ErrNoSetUp)
	first, second := b.associate(ch.Session)
	_, _, err = b.SignIns.AssociateTOTPFor(t.Context(), ch.Session)
	wantErr(t, "the first session again", err, signin.ErrSessionUsed)
	secret, third := b.associate(second)
	if secret == first {
		t.Error("two apps have the same secret")
	}
	code := enginetest.TOTP(t, secret, b.Now())
	_, err = b.verify(third, enginetest.WrongCode(code))
	wantErr(t, "wrong code", err, signin.ErrTOTPSetUp.Saying("Code mismatch and fail enable Software Token MFA"))
	_, err = b.respond(signin.MFASetup, third, "USERNAME", "alice")
	wantErr(t, "answer before the app is verified", err, signin.ErrNoSetUp)
	if s := b.MustFind("alice").Security; s.TOTP != nil || s.PendingTOTP != nil || s.MFA.TOTP {
		t.Errorf("stored before the app is verified: %+v", s)
	}
	last, err := b.verify(third, code)
	if err != nil {
		t.Fatalf("right code after a wrong one: %v", err)
	}
	_, err = b.verify(third, code)
	wantErr(t, "verified again", err, signin.ErrSessionUsed)
	out, err := b.respond(signin.MFASetup, last, "USERNAME", "alice")
	wantTokens(t, "answer after the app is verified", out, err, alice)
	if s := b.MustFind("alice").Security; s.TOTP == nil || s.TOTP.Name != "phone" || !s.MFA.TOTP || s.MFA.Preferred != "" {
		t.Errorf("stored: %+v, want the app, turned on", s)
	}
	ch = b.challenged(signin.SoftwareTokenMFA)
	_, err = b.respond(ch.Name, ch.Session, "USERNAME", "alice", "SOFTWARE_TOKEN_MFA_CODE", code.Reveal())
	wantErr(t, "the code that set the app up", err, credential.ErrTOTPUsed)
}

// A sign-in that stops after the app is verified has set it up.
// Whose app stayed at another installation sets up a new one, though the pool leaves
// it to others. Then the app is asked for.
func TestSetUpThatIsOwed(t *testing.T) {
	b := newBench(t, withMFA("OPTIONAL", allFactors()...), userpool.ClientSettings{})
	b.MustUser("alice")
	b.MustEdit("alice", func(u *user.User) { u.BringFactors(b.Pool, []string{user.SoftwareTokenMFA}) })
	ch := b.challenged(signin.MFASetup)
	_, err := b.respond(ch.Name, ch.Session, "USERNAME", "alice")
	wantErr(t, "answer without a set-up", err, signin.ErrNoSetUp)
	secret, next := b.associate(ch.Session)
	last, err := b.verify(next, enginetest.TOTP(t, secret, b.Now()))
	if err != nil {
		t.Fatal(err)
	}
	if out, err := b.respond(signin.MFASetup, last, "USERNAME", "alice"); err != nil || out.Tokens == nil {
		t.Fatalf("after the set-up: %+v, %v; want tokens", out, err)
	}
	b.challenged(signin.SoftwareTokenMFA)

	b.MustUser("bob")
	if out, err := b.password("bob", enginetest.Password); err != nil || out.Tokens == nil {
		t.Errorf("who owes nothing: %+v, %v; want tokens", out, err)
	}
}

func TestSetUpThatIsNotAnswered(t *testing.T) {
	b := newBench(t, withMFA("ON", user.SoftwareTokenMFA), userpool.ClientSettings{})
	b.MustUser("alice")
	secret, session := b.associate(b.challenged(signin.MFASetup).Session)
	if _, err := b.verify(session, enginetest.TOTP(t, secret, b.Now())); err != nil {
		t.Fatal(err)
	}
	b.challenged(signin.SoftwareTokenMFA)
}

// Of two sign-ins that set up an app, the first one wins: otherwise whoever knows
// the password could put their own app in the place of the user's.
func TestSecondSetUpIsRefused(t *testing.T) {
	b := newBench(t, withMFA("ON", user.SoftwareTokenMFA), userpool.ClientSettings{})
	b.MustUser("alice")
	secret, session := b.associate(b.challenged(signin.MFASetup).Session)
	theirs, late := b.associate(b.challenged(signin.MFASetup).Session)
	if _, err := b.verify(session, enginetest.TOTP(t, secret, b.Now())); err != nil {
		t.Fatal(err)
	}
	kept := string(b.MustFind("alice").Security.TOTP.Sealed)
	_, err := b.verify(late, enginetest.TOTP(t, theirs, b.Now()))
	wantErr(t, "second set-up", err, signin.ErrSessionUsed)
	if string(b.MustFind("alice").Security.TOTP.Sealed) != kept {
		t.Error("the second set-up replaced the app")
	}
}

func TestSetUpOfAnAddressDuringTheSignIn(t *testing.T) {
	for _, s := range sent {
		t.Run(s.name, func(t *testing.T) {
			b := newBench(t, withMFA("ON", s.name), userpool.ClientSettings{})
			alice := b.MustUser("alice")
			ch := b.challenged(signin.MFASetup)
			key := map[string]string{"email": "EMAIL", "phone_number": "PHONE_NUMBER"}[s.attribute]
			_, err := b.respond(ch.Name, ch.Session, "USERNAME", "alice", key, "nowhere")
			if err == nil || fault.KindOf(err) != fault.Invalid {
				t.Errorf("a value that is no address: %v", err)
			}
			out, err := b.respond(ch.Name, ch.Session, "USERNAME", "alice", key, s.to)
			ch = wantChallenge(t, "address", out, err, s.name)
			if u := b.MustFind("alice"); u.Attributes[s.attribute] != "" || u.Security.MFA.On() != nil {
				t.Errorf("stored before the code: %v, %+v", u.Attributes, u.Security)
			}
			_, err = b.respond(ch.Name, ch.Session, "USERNAME", "alice", s.key, enginetest.WrongCode(b.MustCode(s.to)).Reveal())
			wantErr(t, "wrong code", err, signin.ErrMFACode)
			out, err = b.respond(ch.Name, ch.Session, "USERNAME", "alice", s.key, b.MustCode(s.to).Reveal())
			wantTokens(t, "code", out, err, alice)
			u := b.MustFind("alice")
			if on := u.Security.MFA.On(); u.Attributes[s.attribute] != s.to || !u.Verified(s.attribute) || len(on) != 1 || on[0] != s.name {
				t.Errorf("stored %v, on %v; want %s verified and %s on", u.Attributes, on, s.to, s.name)
			}
			b.challenged(s.name)
		})
	}
}

// A set-up writes no attribute that the client may not write.
func TestSetUpNeedsAClientThatMayWriteTheAddress(t *testing.T) {
	b := newBench(t, withMFA("ON", user.EmailOTP), userpool.ClientSettings{WriteAttributes: []string{"name"}})
	b.MustUser("alice")
	ch := b.challenged(signin.MFASetup)
	_, err := b.respond(ch.Name, ch.Session, "USERNAME", "alice", "EMAIL", mail)
	wantErr(t, "an address", err, user.ErrUnwritable)
	if got := b.MustFind("alice").Attributes["email"]; got != "" {
		t.Errorf("stored %q, want nothing", got)
	}
}

// Whoever knows the password alone must not exchange the user's address.
func TestSetUpKeepsTheAddress(t *testing.T) {
	s := withMFA("ON", user.EmailOTP)
	s.Recovery = []userpool.RecoveryOption{{Name: "verified_email", Priority: 1}}
	b := newBench(t, s, userpool.ClientSettings{})
	alice := b.MustUser("alice", "email", mail, "email_verified", "true")
	ch := b.challenged(signin.MFASetup)
	_, err := b.respond(ch.Name, ch.Session, "USERNAME", "alice", "EMAIL", "mallory@example.com")
	wantErr(t, "another address", err, signin.ErrContactKept)
	if got := len(b.Outbox.Sent()); got != 0 {
		t.Errorf("%d messages, want none", got)
	}
	out, err := b.respond(ch.Name, ch.Session, "USERNAME", "alice", "EMAIL", mail)
	ch = wantChallenge(t, "the user's address", out, err, signin.EmailOTP)
	out, err = b.respond(ch.Name, ch.Session, "USERNAME", "alice", "EMAIL_OTP_CODE", b.MustCode(mail).Reveal())
	wantTokens(t, "code", out, err, alice)
}

// An address that another user has as an alias cannot be set up.
func TestSetUpTakesNoAlias(t *testing.T) {
	s := withMFA("ON", user.EmailOTP)
	s.AliasAttributes = []string{"email"}
	b := newBench(t, s, userpool.ClientSettings{})
	b.MustUser("bob", "email", mail, "email_verified", "true")
	b.MustUser("alice")
	ch := b.challenged(signin.MFASetup)
	out, err := b.respond(ch.Name, ch.Session, "USERNAME", "alice", "EMAIL", mail)
	ch = wantChallenge(t, "address", out, err, signin.EmailOTP)
	_, err = b.respond(ch.Name, ch.Session, "USERNAME", "alice", "EMAIL_OTP_CODE", b.MustCode(mail).Reveal())
	wantErr(t, "code", err, user.ErrAliasExists)
	if u := b.MustFind("alice"); u.Attributes["email"] != "" || u.Security.MFA.On() != nil {
		t.Errorf("stored: %v, %+v", u.Attributes, u.Security)
	}
}

// A factor that the pool does not accept cannot be set up.
func TestSetUpOfAFactorThatIsNotAccepted(t *testing.T) {
	b := newBench(t, withMFA("ON", user.SoftwareTokenMFA), userpool.ClientSettings{})
	b.MustUser("alice")
	ch := b.challenged(signin.MFASetup)
	_, err := b.respond(ch.Name, ch.Session, "USERNAME", "alice", "EMAIL", mail)
	wantErr(t, "e-mail", err, signin.ErrNoSetUp)
	other := newBench(t, withMFA("ON", user.EmailOTP), userpool.ClientSettings{})
	other.MustUser("alice")
	_, _, err = other.SignIns.AssociateTOTPFor(t.Context(), other.challenged(signin.MFASetup).Session)
	wantErr(t, "app", err, signin.ErrTOTPOff)
}

func TestSetUpSessionIsBound(t *testing.T) {
	tests := []struct {
		name   string
		change func(b *bench, session seal.Secret) seal.Secret
		want   *fault.Error
	}{
		{"no session", func(*bench, seal.Secret) seal.Secret { return "" }, signin.ErrSessionInvalid},
		{"garbage", func(*bench, seal.Secret) seal.Secret { return "!" }, signin.ErrSessionInvalid},
		{"a client whose name no database holds", func(*bench, seal.Secret) seal.Secret {
			return seal.Secret(base64.StdEncoding.EncodeToString([]byte{0xff, 'a', 0, 'b'}))
		}, signin.ErrSessionInvalid},
		{"the client's id alone", func(b *bench, _ seal.Secret) seal.Secret {
			return seal.Secret(base64.StdEncoding.EncodeToString([]byte(b.c.ID)))
		}, signin.ErrSessionInvalid},
		{"the name of another client", func(b *bench, s seal.Secret) seal.Secret {
			raw, _ := base64.StdEncoding.DecodeString(s.Reveal())
			other := b.MustClient(userpool.ClientSettings{})
			return seal.Secret(base64.StdEncoding.EncodeToString(append([]byte(other.ID), raw[len(b.c.ID):]...)))
		}, signin.ErrSessionInvalid},
		{"a session of another challenge", func(b *bench, _ seal.Secret) seal.Secret {
			b.MustInvite("ina")
			out, err := b.password("ina", right)
			return wantChallenge(b.t, "temporary password", out, err, signin.NewPasswordRequired).Session
		}, signin.ErrSessionInvalid},
		{"too late", func(b *bench, s seal.Secret) seal.Secret { b.Advance(3 * time.Minute); return s }, signin.ErrSessionExpired},
		{"disabled since", func(b *bench, s seal.Secret) seal.Secret {
			b.Accounts.SetEnabled(b.t.Context(), b.Pool, "alice", false)
			return s
		}, signin.ErrDisabled},
		{"another password since", func(b *bench, s seal.Secret) seal.Secret {
			b.Accounts.SetPassword(b.t.Context(), b.Pool, "alice", "Third-Horse-9", true)
			return s
		}, signin.ErrSessionUsed},
		{"deleted since", func(b *bench, s seal.Secret) seal.Secret {
			b.Accounts.Delete(b.t.Context(), b.Pool, "alice")
			return s
		}, signin.ErrSessionInvalid},
		{"client deleted since", func(b *bench, s seal.Secret) seal.Secret {
			b.Pools.DeleteClient(b.t.Context(), b.Pool.ID, b.c.ID)
			return s
		}, signin.ErrSessionInvalid},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t, withMFA("ON", user.SoftwareTokenMFA), userpool.ClientSettings{})
			b.MustUser("alice")
			_, session := b.associate(b.challenged(signin.MFASetup).Session)
			session = test.change(b, session)
			_, _, err := b.SignIns.AssociateTOTPFor(t.Context(), session)
			wantErr(t, "associate", err, test.want)
			_, err = b.verify(session, "123456")
			wantErr(t, "verify", err, test.want)
		})
	}
}

func TestAppOfASignedInUser(t *testing.T) {
	b := newBench(t, withMFA("OPTIONAL", user.SoftwareTokenMFA), userpool.ClientSettings{})
	alice := b.MustUser("alice")
	ctx := t.Context()
	verify := func(code seal.Secret) error {
		return b.SignIns.VerifyTOTP(ctx, b.Pool, b.MustFind("alice"), code, "")
	}
	wantErr(t, "verify without an app", verify("123456"), signin.ErrNoTOTP)
	old := b.giveApp("alice")
	if b.MustFind("alice").Security.MFA.TOTP {
		t.Error("a verified app is turned on by itself")
	}
	wantErr(t, "the code again", verify(enginetest.TOTP(t, old, b.Now())), credential.ErrTOTPUsed)
	b.turnOn("alice", "", user.SoftwareTokenMFA)
	b.Advance(time.Minute)
	text, err := b.SignIns.AssociateTOTP(ctx, b.Pool, alice)
	if err != nil {
		t.Fatal(err)
	}
	wantErr(t, "the old app's code for the new one", verify(enginetest.TOTP(t, old, b.Now())), signin.ErrTOTPSetUp)
	ch := b.challenged(signin.SoftwareTokenMFA)
	out, err := b.respond(ch.Name, ch.Session, "USERNAME", "alice", "SOFTWARE_TOKEN_MFA_CODE", enginetest.TOTP(t, old, b.Now()).Reveal())
	wantTokens(t, "the old app while the new one is not verified", out, err, alice)
	if err := verify(enginetest.TOTP(t, text.Reveal(), b.Now())); err != nil {
		t.Fatal(err)
	}
	b.Advance(time.Minute)
	ch = b.challenged(signin.SoftwareTokenMFA)
	_, err = b.respond(ch.Name, ch.Session, "USERNAME", "alice", "SOFTWARE_TOKEN_MFA_CODE", enginetest.TOTP(t, old, b.Now()).Reveal())
	wantErr(t, "the old app after the new one is verified", err, signin.ErrTOTPCode)
	out, err = b.respond(ch.Name, ch.Session, "USERNAME", "alice", "SOFTWARE_TOKEN_MFA_CODE", enginetest.TOTP(t, text.Reveal(), b.Now()).Reveal())
	wantTokens(t, "the new app", out, err, alice)
}

// A newer app takes the place of one that is not verified yet.
func TestNewerAppReplacesThePendingOne(t *testing.T) {
	b := newBench(t, withMFA("OPTIONAL", user.SoftwareTokenMFA), userpool.ClientSettings{})
	b.MustUser("alice")
	ctx := t.Context()
	first, err := b.SignIns.AssociateTOTP(ctx, b.Pool, b.MustFind("alice"))
	if err != nil {
		t.Fatal(err)
	}
	stale := b.MustFind("alice")
	if _, err := b.SignIns.AssociateTOTP(ctx, b.Pool, stale); err != nil {
		t.Fatal(err)
	}
	code := enginetest.TOTP(t, first.Reveal(), b.Now())
	wantErr(t, "the first app", b.SignIns.VerifyTOTP(ctx, b.Pool, b.MustFind("alice"), code, ""), signin.ErrTOTPSetUp)
	wantErr(t, "the first app, read before", b.SignIns.VerifyTOTP(ctx, b.Pool, stale, code, ""), signin.ErrTOTPSetUp)
	if b.MustFind("alice").Security.TOTP != nil {
		t.Error("the first app was stored")
	}
}

func TestAppInAPoolWithoutApps(t *testing.T) {
	for _, s := range []userpool.Settings{{}, withMFA("", user.SoftwareTokenMFA), withMFA("ON", user.EmailOTP)} {
		b := newBench(t, s, userpool.ClientSettings{})
		_, err := b.SignIns.AssociateTOTP(t.Context(), b.Pool, b.MustUser("alice"))
		wantErr(t, "associate", err, signin.ErrTOTPOff)
	}
}

// A second code keeps what the first one was for.
func TestSendAgain(t *testing.T) {
	b := newBench(t, withMFA("ON", user.EmailOTP, user.SoftwareTokenMFA), userpool.ClientSettings{})
	alice := b.MustUser("alice")
	again := func(challenge string, session seal.Secret) (*signin.Outcome, error) {
		return b.SignIns.SendAgain(t.Context(), b.Pool, b.c, signin.Response{Challenge: challenge, Session: session, Answers: enginetest.Pairs("USERNAME", "alice")})
	}
	ch := b.challenged(signin.MFASetup)
	_, err := again(signin.MFASetup, ch.Session)
	wantErr(t, "a challenge without a sent code", err, signin.ErrSessionInvalid)
	_, err = again("MAGIC", ch.Session)
	wantErr(t, "an unknown challenge", err, signin.ErrSessionInvalid)
	out, err := b.respond(ch.Name, ch.Session, "USERNAME", "alice", "EMAIL", mail)
	first := wantChallenge(t, "address", out, err, signin.EmailOTP)
	b.Outbox.FailWith(errors.New("no mail server"))
	_, err = again(signin.EmailOTP, first.Session)
	wantErr(t, "a code that cannot be sent", err, signin.ErrCodeNotSent)
	b.Outbox.FailWith(nil)
	out, err = again(signin.EmailOTP, first.Session)
	second := wantChallenge(t, "again", out, err, signin.EmailOTP)
	_, err = again(signin.EmailOTP, first.Session)
	wantErr(t, "the first session again", err, signin.ErrSessionUsed)
	b.MustEdit("alice", func(u *user.User) { u.Enabled = false })
	_, err = again(signin.EmailOTP, second.Session)
	wantErr(t, "disabled since", err, signin.ErrDisabled)
	b.MustEdit("alice", func(u *user.User) { u.Enabled = true })
	sent := b.Outbox.Sent()
	if got := len(sent); got != 3 || sent[1].To != mail {
		t.Fatalf("%d messages, want 3 to %s", got, mail)
	}
	out, err = again(signin.EmailOTP, second.Session)
	last := wantChallenge(t, "again", out, err, signin.EmailOTP)
	out, err = b.respond(last.Name, last.Session, "USERNAME", "alice", "EMAIL_OTP_CODE", b.MustCode(mail).Reveal())
	wantTokens(t, "the last code", out, err, alice)
	if u := b.MustFind("alice"); u.Attributes["email"] != mail || !u.Security.MFA.Email {
		t.Errorf("stored %v, %+v; want the address, and e-mail on", u.Attributes, u.Security.MFA)
	}
}

// The pages name the factor, and the code goes to the address that the user has.
func TestSetUpByTheNameOfTheFactor(t *testing.T) {
	s := withMFA("ON", user.EmailOTP, user.SMSMFA)
	s.Recovery = []userpool.RecoveryOption{{Name: "verified_email", Priority: 1}}
	b := newBench(t, s, userpool.ClientSettings{})
	b.MustUser("alice", "email", mail)
	ch := b.challenged(signin.MFASetup)
	_, err := b.respond(ch.Name, ch.Session, "USERNAME", "alice", "ANSWER", user.SMSMFA)
	wantErr(t, "a phone that the user does not have", err, signin.ErrNoSetUp)
	out, err := b.respond(ch.Name, ch.Session, "USERNAME", "alice", "ANSWER", user.EmailOTP)
	wantChallenge(t, "the address that the user has", out, err, signin.EmailOTP)
	b.MustCode(mail)
}

// Of two sign-ins that set up a factor, the first one wins, whatever the factors
// are: whoever knows the password alone must not keep a way around the factor that
// the user sets up.
func TestSetUpOfAnAddressIsLate(t *testing.T) {
	for _, step := range []string{"the address", "the code", "another code"} {
		t.Run(step, func(t *testing.T) {
			b := newBench(t, withMFA("ON", user.SoftwareTokenMFA, user.EmailOTP), userpool.ClientSettings{})
			b.MustUser("alice")
			late := b.challenged(signin.MFASetup)
			if step != "the address" {
				out, err := b.respond(late.Name, late.Session, "USERNAME", "alice", "EMAIL", mail)
				late = wantChallenge(t, "address", out, err, signin.EmailOTP)
			}
			secret, session := b.associate(b.challenged(signin.MFASetup).Session)
			if _, err := b.verify(session, enginetest.TOTP(t, secret, b.Now())); err != nil {
				t.Fatal(err)
			}
			sent := len(b.Outbox.Sent())
			var err error
			switch step {
			case "the address":
				_, err = b.respond(late.Name, late.Session, "USERNAME", "alice", "EMAIL", mail)
			case "the code":
				_, err = b.respond(late.Name, late.Session, "USERNAME", "alice", "EMAIL_OTP_CODE", b.MustCode(mail).Reveal())
			default:
				_, err = b.SignIns.SendAgain(t.Context(), b.Pool, b.c, signin.Response{Challenge: late.Name, Session: late.Session, Answers: enginetest.Pairs("USERNAME", "alice")})
			}
			wantErr(t, step, err, signin.ErrSessionUsed)
			if u := b.MustFind("alice"); u.Attributes["email"] != "" || u.Security.MFA.Email || len(b.Outbox.Sent()) != sent {
				t.Errorf("stored %v, %+v; %d messages, want %d", u.Attributes, u.Security.MFA, len(b.Outbox.Sent()), sent)
			}
		})
	}
}

// Another sign-in has set up a factor meanwhile: whoever began one earlier, with the
// password alone, gets no secret for an app.
func TestNoAppBesideAFactorThatWasSetUpMeanwhile(t *testing.T) {
	b := newBench(t, withMFA("ON", allFactors()...), userpool.ClientSettings{})
	b.MustUser("alice", "email", mail)
	b.MustEdit("alice", func(u *user.User) { delete(u.Attributes, "email") })
	began, began2 := b.challenged(signin.MFASetup), b.challenged(signin.MFASetup)
	_, associated := b.associate(began2.Session)
	b.MustEdit("alice", func(u *user.User) {
		u.Attributes["email"] = mail
		u.Security.MFA.TurnOn(user.EmailOTP)
	})
	_, _, err := b.SignIns.AssociateTOTPFor(t.Context(), began.Session)
	wantErr(t, "associate", err, signin.ErrSessionUsed)
	_, err = b.verify(associated, "123456")
	wantErr(t, "verify", err, signin.ErrSessionUsed)
	if s := b.MustFind("alice").Security; s.TOTP != nil || s.PendingTOTP != nil {
		t.Errorf("stored: %+v", s)
	}
}
