package signin_test

import (
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

const (
	mail  = "alice@example.com"
	phone = "+15550001111"
)

// withMFA returns the settings of a pool with that mode and those factors.
func withMFA(mode userpool.MFAMode, factors ...string) userpool.Settings {
	has := func(f string) bool { return slices.Contains(factors, f) }
	return userpool.Settings{
		SMS: &userpool.SMSConfiguration{CallerARN: "arn:aws:iam::000000000000:role/sms"},
		MFA: userpool.MFA{Mode: mode, SMS: has(user.SMSMFA), Email: has(user.EmailOTP), TOTP: new(has(user.SoftwareTokenMFA))},
	}
}

func allFactors() []string { return []string{user.SMSMFA, user.SoftwareTokenMFA, user.EmailOTP} }

// turnOn turns factors of a user on. preferred may be "".
func (b *bench) turnOn(name, preferred string, factors ...string) {
	b.t.Helper()
	var changes []user.FactorChange
	for _, f := range factors {
		changes = append(changes, user.FactorChange{Factor: f, On: true, Preferred: f == preferred})
	}
	if err := b.Users.SetMFA(b.t.Context(), b.Pool, b.MustFind(name).Sub, changes); err != nil {
		b.t.Fatalf("turn on %v of %s: %v", factors, name, err)
	}
}

// giveApp gives a user an authenticator app and returns its secret. The code of
// the time now is used up by that.
func (b *bench) giveApp(name string) string {
	b.t.Helper()
	secret, err := b.SignIns.AssociateTOTP(b.t.Context(), b.Pool, b.MustFind(name))
	if err != nil {
		b.t.Fatal(err)
	}
	code := enginetest.TOTP(b.t, secret.Reveal(), b.Now())
	if err := b.SignIns.VerifyTOTP(b.t.Context(), b.Pool, b.MustFind(name), code, "phone"); err != nil {
		b.t.Fatal(err)
	}
	return secret.Reveal()
}

// challenged signs alice in with her password and returns the challenge, which
// must have that name.
func (b *bench) challenged(name string) *signin.Challenge {
	b.t.Helper()
	out, err := b.password("alice", right)
	return wantChallenge(b.t, "password", out, err, name)
}

// The table of auth-flows, "MFA": which challenge follows the first factor.
func TestSecondFactorThatIsDue(t *testing.T) {
	const none = ""
	both := []string{"email", mail, "phone_number", phone}
	onlyMail := []userpool.RecoveryOption{{Name: "verified_email", Priority: 1}}
	tests := []struct {
		name       string
		pool       userpool.Settings
		attributes []string
		app        bool
		on         []string
		preferred  string
		recovery   []userpool.RecoveryOption
		recovered  string // the contact whose code set the present password
		want       string
	}{
		{name: "pool off, factors on", pool: withMFA("", allFactors()...), attributes: both, on: []string{"SMS_MFA", "EMAIL_OTP"}, preferred: "SMS_MFA", want: none},
		{name: "optional, nothing on", pool: withMFA("OPTIONAL", allFactors()...), attributes: both, app: true, want: none},
		{name: "optional, one on", pool: withMFA("OPTIONAL", allFactors()...), attributes: both, on: []string{"SMS_MFA"}, want: "SMS_MFA"},
		{name: "optional, app on", pool: withMFA("OPTIONAL", allFactors()...), app: true, on: []string{"SOFTWARE_TOKEN_MFA"}, want: "SOFTWARE_TOKEN_MFA"},
		{name: "optional, e-mail on", pool: withMFA("OPTIONAL", allFactors()...), attributes: both, on: []string{"EMAIL_OTP"}, want: "EMAIL_OTP"},
		{name: "optional, several on, none preferred", pool: withMFA("OPTIONAL", allFactors()...), attributes: both, app: true, on: allFactors(), want: "SELECT_MFA_TYPE"},
		{name: "optional, several on, one preferred", pool: withMFA("OPTIONAL", allFactors()...), attributes: both, app: true, on: allFactors(), preferred: "EMAIL_OTP", want: "EMAIL_OTP"},
		{name: "optional, the factor that is on is not accepted", pool: withMFA("OPTIONAL", "SOFTWARE_TOKEN_MFA"), attributes: both, on: []string{"SMS_MFA"}, want: none},
		{name: "optional, the preferred factor is not accepted", pool: withMFA("OPTIONAL", "SMS_MFA"), attributes: both, on: []string{"SMS_MFA", "EMAIL_OTP"}, preferred: "EMAIL_OTP", want: "SMS_MFA"},
		{name: "on, preferred", pool: withMFA("ON", allFactors()...), attributes: both, app: true, on: allFactors(), preferred: "SOFTWARE_TOKEN_MFA", want: "SOFTWARE_TOKEN_MFA"},
		{name: "on, several on, none preferred", pool: withMFA("ON", allFactors()...), attributes: both, on: []string{"SMS_MFA", "EMAIL_OTP"}, want: "SELECT_MFA_TYPE"},
		{name: "on, app that is not turned on", pool: withMFA("ON", allFactors()...), attributes: both, app: true, want: "SOFTWARE_TOKEN_MFA"},
		{name: "on, phone", pool: withMFA("ON", allFactors()...), attributes: []string{"phone_number", phone}, want: "SMS_MFA"},
		{name: "on, e-mail address", pool: withMFA("ON", allFactors()...), attributes: []string{"email", mail}, want: "EMAIL_OTP"},
		{name: "on, phone and e-mail address", pool: withMFA("ON", allFactors()...), attributes: both, want: "SELECT_MFA_TYPE"},
		{name: "on, phone and e-mail address, only the phone is accepted", pool: withMFA("ON", "SMS_MFA"), attributes: both, want: "SMS_MFA"},
		{name: "on, the e-mail address is the only recovery", pool: withMFA("ON", "EMAIL_OTP", "SOFTWARE_TOKEN_MFA"), attributes: []string{"email", mail}, recovery: onlyMail, want: "MFA_SETUP"},
		{name: "on, the e-mail address is the only recovery and turned on", pool: withMFA("ON", "EMAIL_OTP"), attributes: []string{"email", mail}, on: []string{"EMAIL_OTP"}, recovery: onlyMail, want: "EMAIL_OTP"},
		{name: "on, both contacts, the e-mail address is the only recovery", pool: withMFA("ON", allFactors()...), attributes: both, recovery: onlyMail, want: "SMS_MFA"},
		{name: "several on, the password came by e-mail", pool: withMFA("OPTIONAL", allFactors()...), attributes: both, on: []string{"SMS_MFA", "EMAIL_OTP"}, recovered: "email", want: "SMS_MFA"},
		{name: "app and e-mail on, the password came by e-mail", pool: withMFA("OPTIONAL", allFactors()...), attributes: both, app: true, on: []string{"SOFTWARE_TOKEN_MFA", "EMAIL_OTP"}, recovered: "email", want: "SOFTWARE_TOKEN_MFA"},
		{name: "on, phone and e-mail address, the password came by SMS", pool: withMFA("ON", allFactors()...), attributes: both, recovered: "phone_number", want: "EMAIL_OTP"},
		{name: "e-mail on, the password came by e-mail", pool: withMFA("OPTIONAL", allFactors()...), attributes: both, on: []string{"EMAIL_OTP"}, recovered: "email", want: "EMAIL_OTP"},
		{name: "on, nothing", pool: withMFA("ON", allFactors()...), want: "MFA_SETUP"},
		{name: "on, nothing usable", pool: withMFA("ON", "SOFTWARE_TOKEN_MFA"), attributes: both, on: []string{"SMS_MFA"}, want: "MFA_SETUP"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.pool.Recovery = test.recovery
			b := newBench(t, test.pool, userpool.ClientSettings{})
			alice := b.MustUser("alice", test.attributes...)
			if test.app {
				b.MustEdit("alice", func(u *user.User) { u.Security.TOTP = &user.TOTP{Sealed: []byte("x")} })
			}
			b.turnOn("alice", test.preferred, test.on...)
			if test.recovered != "" {
				b.MustEdit("alice", func(u *user.User) {
					u.Security.Recovery = &user.Recovery{Contact: test.recovered, Salt: u.Password.Salt}
				})
			}
			out, err := b.password("alice", right)
			if test.want == none {
				wantTokens(t, "password", out, err, alice)
				return
			}
			wantChallenge(t, "password", out, err, test.want)
			srp, err := b.startSRP("alice", right).answer()
			wantChallenge(t, "SRP", srp, err, test.want)
		})
	}
}

// A pool that demands a factor and accepts none that can be set up signs nobody
// in.
func TestNoSecondFactorIsPossible(t *testing.T) {
	b := newBench(t, withMFA("ON"), userpool.ClientSettings{})
	b.MustUser("alice")
	_, err := b.password("alice", right)
	wantErr(t, "password", err, signin.ErrNoMFA)
}

// The new password comes first, then the second factor.
func TestSecondFactorAfterTheNewPassword(t *testing.T) {
	b := newBench(t, withMFA("ON", "EMAIL_OTP"), userpool.ClientSettings{})
	alice := b.MustInvite("alice", "email", mail)
	ch := b.challenged(signin.NewPasswordRequired)
	out, err := b.respond(ch.Name, ch.Session, "USERNAME", "alice", "NEW_PASSWORD", "Other-Horse-8")
	ch = wantChallenge(t, "new password", out, err, signin.EmailOTP)
	out, err = b.respond(ch.Name, ch.Session, "USERNAME", "alice", "EMAIL_OTP_CODE", b.MustCode(mail).Reveal())
	wantTokens(t, "code", out, err, alice)
}

func TestSignInWithAnAuthenticatorApp(t *testing.T) {
	b := newBench(t, withMFA("OPTIONAL", allFactors()...), userpool.ClientSettings{})
	alice := b.MustUser("alice")
	secret := b.giveApp("alice")
	b.turnOn("alice", "", user.SoftwareTokenMFA)
	modified := b.MustFind("alice").Modified
	b.Advance(time.Minute)
	answer := func(ch *signin.Challenge, code seal.Secret) (*signin.Outcome, error) {
		return b.respond(ch.Name, ch.Session, "USERNAME", "alice", "SOFTWARE_TOKEN_MFA_CODE", code.Reveal())
	}
	ch := b.challenged(signin.SoftwareTokenMFA)
	if ch.Parameters["FRIENDLY_DEVICE_NAME"] != "phone" || ch.Parameters["USER_ID_FOR_SRP"] != "alice" {
		t.Errorf("parameters %v, want the name of the app and the user", ch.Parameters)
	}
	code := enginetest.TOTP(t, secret, b.Now())
	_, err := answer(ch, enginetest.WrongCode(code))
	wantErr(t, "wrong code", err, signin.ErrTOTPCode)
	other := b.challenged(signin.SoftwareTokenMFA)
	out, err := answer(ch, code)
	wantTokens(t, "right code after a wrong one", out, err, alice)
	_, err = answer(other, code)
	wantErr(t, "the same code in another sign-in", err, credential.ErrTOTPUsed)
	_, err = answer(other, enginetest.TOTP(t, secret, b.Now().Add(-30*time.Second)))
	wantErr(t, "an older code", err, credential.ErrTOTPUsed)
	out, err = answer(other, enginetest.TOTP(t, secret, b.Now().Add(30*time.Second)))
	wantTokens(t, "the next code", out, err, alice)
	if got := b.MustFind("alice").Modified; !got.Equal(modified) {
		t.Errorf("signing in changed the time of the last change to %s", got)
	}
}

// Of equal codes that come at once, one is accepted.
func TestCodeOfAnAppWorksOnce(t *testing.T) {
	b := newBench(t, withMFA("OPTIONAL", allFactors()...), userpool.ClientSettings{})
	b.MustUser("alice")
	secret := b.giveApp("alice")
	b.turnOn("alice", "", user.SoftwareTokenMFA)
	b.Advance(time.Minute)
	code := enginetest.TOTP(t, secret, b.Now()).Reveal()
	var sessions []seal.Secret
	for range 4 {
		sessions = append(sessions, b.challenged(signin.SoftwareTokenMFA).Session)
	}
	var passed atomic.Int32
	var work sync.WaitGroup
	for _, session := range sessions {
		work.Go(func() {
			_, err := b.respond(signin.SoftwareTokenMFA, session, "USERNAME", "alice", "SOFTWARE_TOKEN_MFA_CODE", code)
			if err == nil {
				passed.Add(1)
			} else if !errors.Is(err, credential.ErrTOTPUsed) {
				t.Errorf("code: %v, want nil or %v", err, credential.ErrTOTPUsed)
			}
		})
	}
	work.Wait()
	if passed.Load() != 1 {
		t.Errorf("%d of 4 equal codes passed, want 1", passed.Load())
	}
}

func TestAppIsRemovedDuringTheSignIn(t *testing.T) {
	b := newBench(t, withMFA("OPTIONAL", allFactors()...), userpool.ClientSettings{})
	alice := b.MustUser("alice")
	secret := b.giveApp("alice")
	b.turnOn("alice", user.SoftwareTokenMFA, user.SoftwareTokenMFA)
	b.Advance(time.Minute)
	ch := b.challenged(signin.SoftwareTokenMFA)
	if err := b.SignIns.RemoveTOTP(t.Context(), b.Pool, alice.Sub); err != nil {
		t.Fatal(err)
	}
	_, err := b.respond(ch.Name, ch.Session, "USERNAME", "alice", "SOFTWARE_TOKEN_MFA_CODE", enginetest.TOTP(t, secret, b.Now()).Reveal())
	wantErr(t, "code of the removed app", err, signin.ErrNoTOTP)
	if s := b.MustFind("alice").Security; s.TOTP != nil || s.MFA != (user.MFA{}) {
		t.Errorf("after removing the app: %+v, want nothing", s)
	}
	out, err := b.password("alice", right)
	wantTokens(t, "password without the app", out, err, alice)
}

// sent are the two challenges with a code that is sent.
var sent = []struct{ name, key, attribute, to, masked, medium string }{
	{signin.SMSMFA, "SMS_MFA_CODE", "phone_number", phone, "+*******1111", "SMS"},
	{signin.EmailOTP, "EMAIL_OTP_CODE", "email", mail, "a***@e***", "EMAIL"},
}

func TestSignInWithASentCode(t *testing.T) {
	for _, s := range sent {
		t.Run(s.name, func(t *testing.T) {
			b := newBench(t, withMFA("OPTIONAL", allFactors()...), userpool.ClientSettings{})
			alice := b.MustUser("alice", s.attribute, s.to)
			b.turnOn("alice", "", s.name)
			ch := b.challenged(s.name)
			if p := ch.Parameters; p["CODE_DELIVERY_DESTINATION"] != s.masked || p["CODE_DELIVERY_DELIVERY_MEDIUM"] != s.medium || p["USER_ID_FOR_SRP"] != "alice" {
				t.Errorf("parameters %v, want %s to %s", p, s.medium, s.masked)
			}
			code := b.MustCode(s.to)
			_, err := b.respond(ch.Name, ch.Session, "USERNAME", "alice", s.key, enginetest.WrongCode(code).Reveal())
			wantErr(t, "wrong code", err, signin.ErrMFACode)
			if b.MustFind("alice").Verified(s.attribute) {
				t.Errorf("a wrong code verified %s", s.attribute)
			}
			out, err := b.respond(ch.Name, ch.Session, "USERNAME", "alice", s.key, code.Reveal())
			wantTokens(t, "right code after a wrong one", out, err, alice)
			if !b.MustFind("alice").Verified(s.attribute) {
				t.Errorf("the first right code did not verify %s", s.attribute)
			}
			_, err = b.respond(ch.Name, ch.Session, "USERNAME", "alice", s.key, code.Reveal())
			wantErr(t, "the same answer again", err, signin.ErrSessionUsed)
			other := b.challenged(s.name)
			if b.MustCode(s.to) != code { // by chance, one time in a million
				_, err = b.respond(other.Name, other.Session, "USERNAME", "alice", s.key, code.Reveal())
				wantErr(t, "the code of another sign-in", err, signin.ErrMFACode)
			}
		})
	}
}

func TestSentCodeIsForTheAddressOfItsTime(t *testing.T) {
	b := newBench(t, withMFA("OPTIONAL", allFactors()...), userpool.ClientSettings{})
	b.MustUser("alice", "email", mail)
	b.turnOn("alice", "", user.EmailOTP)
	ch := b.challenged(signin.EmailOTP)
	b.MustEdit("alice", func(u *user.User) { u.Attributes["email"] = "new@example.com" })
	_, err := b.respond(ch.Name, ch.Session, "USERNAME", "alice", "EMAIL_OTP_CODE", b.MustCode(mail).Reveal())
	wantErr(t, "code that went to the old address", err, signin.ErrMFACode)
	if u := b.MustFind("alice"); u.Attributes["email"] != "new@example.com" || u.Verified("email") {
		t.Errorf("attributes %v, want the new address, unverified", u.Attributes)
	}
}

// A right code signs in even if another user has the address as an alias; but it
// does not take the alias.
func TestSentCodeTakesNoAlias(t *testing.T) {
	s := withMFA("OPTIONAL", allFactors()...)
	s.AliasAttributes = []string{"email"}
	b := newBench(t, s, userpool.ClientSettings{})
	b.MustUser("bob", "email", mail, "email_verified", "true")
	alice := b.MustUser("alice", "email", mail)
	b.turnOn("alice", "", user.EmailOTP)
	ch := b.challenged(signin.EmailOTP)
	out, err := b.respond(ch.Name, ch.Session, "USERNAME", "alice", "EMAIL_OTP_CODE", b.MustCode(mail).Reveal())
	wantTokens(t, "code", out, err, alice)
	if b.MustFind("alice").Verified("email") || b.MustFind(mail).Username != "bob" {
		t.Error("alice took bob's alias")
	}
}

func TestWrongCodesLockTheirFactorAlone(t *testing.T) {
	b := newBench(t, withMFA("OPTIONAL", allFactors()...), userpool.ClientSettings{})
	alice := b.MustUser("alice", "email", mail, "phone_number", phone)
	b.turnOn("alice", user.EmailOTP, user.EmailOTP, user.SMSMFA)
	for range 5 { // in a session each
		ch := b.challenged(signin.EmailOTP)
		_, err := b.respond(ch.Name, ch.Session, "USERNAME", "alice", "EMAIL_OTP_CODE", enginetest.WrongCode(b.MustCode(mail)).Reveal())
		wantErr(t, "wrong code", err, signin.ErrMFACode)
	}
	ch := b.challenged(signin.EmailOTP)
	_, err := b.respond(ch.Name, ch.Session, "USERNAME", "alice", "EMAIL_OTP_CODE", b.MustCode(mail).Reveal())
	wantErr(t, "right code while locked", err, credential.ErrLocked)
	b.turnOn("alice", user.SMSMFA, user.SMSMFA)
	ch = b.challenged(signin.SMSMFA)
	out, err := b.respond(ch.Name, ch.Session, "USERNAME", "alice", "SMS_MFA_CODE", b.MustCode(phone).Reveal())
	wantTokens(t, "code of the other factor", out, err, alice)
}

func TestSentCodesAreLimited(t *testing.T) {
	b := newBench(t, withMFA("OPTIONAL", allFactors()...), userpool.ClientSettings{})
	b.MustUser("alice", "email", mail)
	b.turnOn("alice", "", user.EmailOTP)
	for range 20 {
		b.challenged(signin.EmailOTP)
	}
	_, err := b.password("alice", right)
	wantErr(t, "the 21st code of an hour", err, credential.ErrAttemptLimit)
	if got := len(b.Outbox.Sent()); got != 20 {
		t.Errorf("%d messages, want 20", got)
	}
	b.Advance(time.Hour)
	b.challenged(signin.EmailOTP)
}

func TestCodeCannotBeSent(t *testing.T) {
	b := newBench(t, withMFA("OPTIONAL", allFactors()...), userpool.ClientSettings{})
	b.MustUser("alice", "email", mail)
	b.turnOn("alice", "", user.EmailOTP)
	b.Outbox.FailWith(errors.New("no mail server"))
	_, err := b.password("alice", right)
	wantErr(t, "password", err, signin.ErrCodeNotSent)
}

func TestTextOfASentCode(t *testing.T) {
	s := withMFA("OPTIONAL", allFactors()...)
	s.MFA.Message = userpool.Template{EmailSubject: "Hello", EmailMessage: "Take {####}, {username}", SMSMessage: "{####} it is"}
	b := newBench(t, s, userpool.ClientSettings{})
	b.MustUser("alice", "email", mail, "phone_number", phone)
	b.turnOn("alice", user.EmailOTP, user.EmailOTP)
	b.challenged(signin.EmailOTP)
	m := b.Outbox.Sent()[0]
	if want := "Take " + b.MustCode(mail).Reveal() + ", alice"; m.Subject != "Hello" || m.Body.Reveal() != want || m.To != mail {
		t.Errorf("message %q %q to %s, want Hello, %q", m.Subject, m.Body.Reveal(), m.To, want)
	}
	b.turnOn("alice", user.SMSMFA, user.SMSMFA)
	b.challenged(signin.SMSMFA)
	if m, want := b.Outbox.Sent()[1], b.MustCode(phone).Reveal()+" it is"; m.Body.Reveal() != want {
		t.Errorf("SMS %q, want %q", m.Body.Reveal(), want)
	}
}

func TestChoiceOfTheSecondFactor(t *testing.T) {
	b := newBench(t, withMFA("OPTIONAL", "SMS_MFA", "EMAIL_OTP"), userpool.ClientSettings{})
	alice := b.MustUser("alice", "email", mail, "phone_number", phone)
	b.turnOn("alice", "", user.SMSMFA, user.EmailOTP)
	ch := b.challenged(signin.SelectMFAType)
	if got := ch.Parameters["MFAS_CAN_CHOOSE"]; got != `["SMS_MFA","EMAIL_OTP"]` {
		t.Errorf("MFAS_CAN_CHOOSE %s", got)
	}
	if got := len(b.Outbox.Sent()); got != 0 {
		t.Errorf("%d messages before the choice, want none", got)
	}
	for _, answer := range []string{"SOFTWARE_TOKEN_MFA", "MFA_SETUP", "NEW_PASSWORD_REQUIRED", "PASSWORD_VERIFIER", "sms_mfa"} {
		_, err := b.respond(ch.Name, ch.Session, "USERNAME", "alice", "ANSWER", answer)
		wantErr(t, answer, err, signin.ErrMFAChoice)
	}
	out, err := b.respond(ch.Name, ch.Session, "USERNAME", "alice", "ANSWER", "EMAIL_MFA")
	next := wantChallenge(t, "choice", out, err, signin.EmailOTP)
	_, err = b.respond(ch.Name, ch.Session, "USERNAME", "alice", "ANSWER", "SMS_MFA")
	wantErr(t, "a second choice", err, signin.ErrSessionUsed)
	out, err = b.respond(next.Name, next.Session, "USERNAME", "alice", "EMAIL_OTP_CODE", b.MustCode(mail).Reveal())
	wantTokens(t, "code", out, err, alice)
}

// A question is worth nothing after its factor was turned off, by the pool or for
// the user: neither its code nor another code goes on with the sign-in.
func TestFactorIsTurnedOffDuringTheSignIn(t *testing.T) {
	changes := map[string]func(b *bench, factor string){
		"for the user": func(b *bench, factor string) {
			b.MustEdit("alice", func(u *user.User) { u.Security.MFA.TurnOff(factor) })
		},
		"for another one": func(b *bench, factor string) {
			other := user.SoftwareTokenMFA
			if factor == other {
				other = user.EmailOTP
			}
			b.turnOn("alice", other, other)
		},
		"by the pool": func(b *bench, factor string) {
			left := slices.DeleteFunc(allFactors(), func(f string) bool { return f == factor })
			b.Pool.Settings.MFA = withMFA("OPTIONAL", left...).MFA
		},
	}
	keys := map[string]string{user.SMSMFA: "SMS_MFA_CODE", user.EmailOTP: "EMAIL_OTP_CODE", user.SoftwareTokenMFA: "SOFTWARE_TOKEN_MFA_CODE"}
	for name, change := range changes {
		for _, factor := range allFactors() {
			t.Run(factor+" "+name, func(t *testing.T) {
				b := newBench(t, withMFA("OPTIONAL", allFactors()...), userpool.ClientSettings{})
				b.MustUser("alice", "email", mail, "phone_number", phone)
				secret := b.giveApp("alice")
				b.turnOn("alice", factor, factor)
				b.Advance(time.Minute)
				ch := b.challenged(factor)
				code := enginetest.TOTP(t, secret, b.Now())
				if to := map[string]string{user.SMSMFA: phone, user.EmailOTP: mail}[factor]; to != "" {
					code = b.MustCode(to)
				}
				change(b, factor)
				before, sent := b.MustFind("alice"), len(b.Outbox.Sent())
				_, err := b.respond(ch.Name, ch.Session, "USERNAME", "alice", keys[factor], code.Reveal())
				wantErr(t, "right code", err, signin.ErrSessionInvalid)
				_, err = b.SignIns.SendAgain(t.Context(), b.Pool, b.c, signin.Response{Challenge: factor, Session: ch.Session, Answers: enginetest.Pairs("USERNAME", "alice")})
				wantErr(t, "another code", err, signin.ErrSessionInvalid)
				after := b.MustFind("alice")
				if len(b.Outbox.Sent()) != sent || !maps.Equal(after.Attributes, before.Attributes) || after.Security.TOTP.Used != before.Security.TOTP.Used {
					t.Errorf("a code was sent, or the user changed: %v, %+v", after.Attributes, after.Security)
				}
			})
		}
	}
}
