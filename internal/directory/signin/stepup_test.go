package signin_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// withLevels returns the settings of a pool with every factor, whose levels are
// named one, two, three and four.
func withLevels() userpool.Settings {
	s := withMFA("OPTIONAL", allFactors()...)
	s.FirstFactors = []string{userpool.FirstPassword, userpool.FirstEmail, userpool.FirstSMS, userpool.FirstPasskey}
	s.Passkeys.RelyingParty = "example.com"
	s.Levels = []string{"one", "two", "three", "four"}
	return s
}

// said returns what both tokens of a completed sign-in say of it.
func said(t *testing.T, what string, out *signin.Outcome, err error) token.Proof {
	t.Helper()
	if err != nil || out.Tokens == nil {
		t.Fatalf("%s: %+v, %v, want tokens", what, out, err)
	}
	access := saidBy(t, out.Tokens.Access)
	if id := saidBy(t, out.Tokens.ID); id.ACR != access.ACR || !slices.Equal(id.AMR, access.AMR) {
		t.Errorf("%s: the ID token says %v, the access token %v", what, id, access)
	}
	return access
}

func saidBy(t *testing.T, raw seal.Secret) token.Proof {
	t.Helper()
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(raw.Reveal(), ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		ACR string
		AMR []string
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	return token.Proof{ACR: claims.ACR, AMR: claims.AMR}
}

// leveled is a bench with alice, who has every factor.
type leveled struct {
	*bench
	alice  *user.User
	secret string // of the app
}

func newLeveled(t *testing.T, pool userpool.Settings) *leveled {
	t.Helper()
	b := &leveled{bench: newBench(t, pool, userpool.ClientSettings{})}
	b.alice = b.MustUser("alice", "email", mail, "phone_number", phone)
	if pool.MFA.Mode != userpool.MFAOff {
		b.secret = b.giveApp("alice")
		b.Advance(time.Minute)
	}
	return b
}

// begin begins a sign-in with the password.
func (b *leveled) begin(parameters ...string) (*signin.Outcome, error) {
	b.t.Helper()
	return b.choose("alice", append([]string{"PREFERRED_CHALLENGE", "PASSWORD", "PASSWORD", string(right)}, parameters...)...)
}

// app answers SOFTWARE_TOKEN_MFA.
func (b *leveled) app(ch *signin.Challenge) (*signin.Outcome, error) {
	b.t.Helper()
	b.Advance(time.Minute)
	return b.respond(user.SoftwareTokenMFA, ch.Session, "USERNAME", "alice", "SOFTWARE_TOKEN_MFA_CODE", enginetest.TOTP(b.t, b.secret, b.Now()).Reveal())
}

// mailed answers EMAIL_OTP with the code in the mailbox.
func (b *leveled) mailed(ch *signin.Challenge) (*signin.Outcome, error) {
	b.t.Helper()
	return b.respond(user.EmailOTP, ch.Session, "USERNAME", "alice", "EMAIL_OTP_CODE", b.MustCode(mail).Reveal())
}

func wantProof(t *testing.T, what string, got token.Proof, acr string, amr ...string) {
	t.Helper()
	if got.ACR != acr || !slices.Equal(got.AMR, amr) {
		t.Errorf("%s: acr %q, amr %v; want %q, %v", what, got.ACR, got.AMR, acr, amr)
	}
}

func TestTokensSayHowTheUserSignedIn(t *testing.T) {
	b := newLeveled(t, withLevels())
	out, err := b.begin()
	wantProof(t, "password", said(t, "password", out, err), "one", "pwd")
	out, err = b.mailed(b.sentCode("alice", user.EmailOTP))
	wantProof(t, "code", said(t, "code", out, err), "two", "email_otp")
	d := b.mustRegister("alice")
	out, err = b.sign("alice", b.asked("alice"), d)
	wantProof(t, "passkey", said(t, "passkey", out, err), "three", "swk")
	b.MustEdit("alice", func(u *user.User) { u.Security.Passkeys[0].Attachment = "cross-platform" })
	out, err = b.sign("alice", b.asked("alice"), d)
	wantProof(t, "security key", said(t, "security key", out, err), "three", "hwk")
	b.turnOn("alice", user.EmailOTP, user.EmailOTP)
	out, err = b.begin()
	out, err = b.mailed(wantChallenge(t, "second factor", out, err, user.EmailOTP))
	wantProof(t, "password and code", said(t, "password and code", out, err), "three", "pwd", "email_otp", "mfa")
	b.turnOn("alice", user.SoftwareTokenMFA, user.SoftwareTokenMFA)
	out, err = b.begin()
	out, err = b.app(wantChallenge(t, "second factor", out, err, user.SoftwareTokenMFA))
	wantProof(t, "password and app", said(t, "password and app", out, err), "four", "pwd", "otp", "mfa")

	refreshed, err := b.initiate("REFRESH_TOKEN_AUTH", "REFRESH_TOKEN", out.Tokens.Refresh.Reveal())
	wantProof(t, "refreshed", said(t, "refreshed", refreshed, err), "four", "pwd", "otp", "mfa")
	if _, err := b.Pools.UpdatePool(t.Context(), b.Pool.ID, func(p *userpool.Pool) error {
		p.Settings.Levels = []string{"1", "2", "3", "4"}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	refreshed, err = b.initiate("REFRESH_TOKEN_AUTH", "REFRESH_TOKEN", out.Tokens.Refresh.Reveal())
	wantProof(t, "refreshed after renaming", said(t, "refreshed", refreshed, err), "four", "pwd", "otp", "mfa")
}

// A pool without levels says nothing, and can't be asked.
func TestNoLevels(t *testing.T) {
	pool := withLevels()
	pool.Levels = nil
	b := newLeveled(t, pool)
	out, err := b.begin()
	wantProof(t, "password", said(t, "password", out, err), "")
	_, err = b.begin("TARGET_ACR_VALUES", "urn:cognito:loa:1")
	wantErr(t, "target", err, signin.ErrParameter.Saying("TARGET_ACR_VALUES names no level of the user pool."))
}

// The first level that can be reached is reached, with factors that nobody turned
// on. The user is not asked for more than that takes.
func TestTarget(t *testing.T) {
	b := newLeveled(t, withLevels())
	out, err := b.begin("TARGET_ACR_VALUES", "one")
	wantProof(t, "one", said(t, "one", out, err), "one", "pwd")
	out, err = b.begin("TARGET_ACR_VALUES", "unknown four three")
	wantTokensSay := func(what string, out *signin.Outcome, err error, acr string) {
		t.Helper()
		if got := said(t, what, out, err).ACR; got != acr {
			t.Errorf("%s: level %s, want %s", what, got, acr)
		}
	}
	out, err = b.app(wantChallenge(t, "four", out, err, user.SoftwareTokenMFA))
	wantTokensSay("four", out, err, "four")
	out, err = b.begin("TARGET_ACR_VALUES", "three")
	ch := wantChallenge(t, "three", out, err, signin.SelectMFAType)
	if got := ch.Parameters["MFAS_CAN_CHOOSE"]; got != `["SMS_MFA","SOFTWARE_TOKEN_MFA","EMAIL_OTP"]` {
		t.Errorf("three: choice %s", got)
	}
	out, err = b.respond(signin.SelectMFAType, ch.Session, "USERNAME", "alice", "ANSWER", user.EmailOTP)
	out, err = b.mailed(wantChallenge(t, "three", out, err, user.EmailOTP))
	wantTokensSay("three", out, err, "three")

	out, err = b.choose("alice", "TARGET_ACR_VALUES", "four")
	if got := wantChallenge(t, "choice", out, err, signin.SelectChallenge).Available; !slices.Equal(got, []string{"PASSWORD_SRP", "PASSWORD"}) {
		t.Errorf("four can begin with %v, want the password", got)
	}
	out, err = b.choose("alice", "TARGET_ACR_VALUES", "three", "PREFERRED_CHALLENGE", user.EmailOTP)
	if got := wantChallenge(t, "choice", out, err, signin.SelectChallenge).Available; slices.Contains(got, user.EmailOTP) {
		t.Errorf("three can begin with %v, want no code", got)
	}
	out, err = b.choose("alice", "TARGET_ACR_VALUES", "two", "PREFERRED_CHALLENGE", user.EmailOTP)
	out, err = b.mailed(wantChallenge(t, "two", out, err, user.EmailOTP))
	wantTokensSay("two", out, err, "two")

	// Whoever lacks the factors gets no tokens, and learns it after the password.
	b.MustEdit("alice", func(u *user.User) { u.Security.TOTP = nil })
	_, err = b.begin("TARGET_ACR_VALUES", "four", "PASSWORD", "wrong")
	wantErr(t, "wrong password", err, signin.ErrWrongPassword)
	_, err = b.begin("TARGET_ACR_VALUES", "four")
	wantErr(t, "no app", err, signin.ErrLevel)
	out, err = b.begin("TARGET_ACR_VALUES", "four one")
	wantTokensSay("the next best", out, err, "one")
}

// Before anything is proved, the choice tells nothing of the user's second factors.
func TestTargetTellsNothing(t *testing.T) {
	b := newLeveled(t, withLevels())
	with, err := b.choose("alice", "TARGET_ACR_VALUES", "four two")
	first := wantChallenge(t, "with an app", with, err, signin.SelectChallenge).Available
	b.MustEdit("alice", func(u *user.User) { u.Security.TOTP = nil })
	without, err := b.choose("alice", "TARGET_ACR_VALUES", "four two")
	if got := wantChallenge(t, "without an app", without, err, signin.SelectChallenge).Available; !slices.Equal(got, first) {
		t.Errorf("with an app %v, without %v", first, got)
	}
}

func TestStepUp(t *testing.T) {
	b := newLeveled(t, withLevels())
	out, err := b.begin()
	low := said(t, "password", out, err)
	wantProof(t, "password", low, "one", "pwd")
	present := out.Tokens.Access.Reveal()
	up := func(parameters ...string) (*signin.Outcome, error) {
		return b.choose("alice", append([]string{"ACCESS_TOKEN", present}, parameters...)...)
	}
	// The password counts: the app alone is asked for.
	out, err = up("TARGET_ACR_VALUES", "four")
	ch := wantChallenge(t, "up", out, err, user.SoftwareTokenMFA)
	_, err = b.respond(user.SoftwareTokenMFA, ch.Session, "USERNAME", "alice", "SOFTWARE_TOKEN_MFA_CODE", "000000")
	wantErr(t, "wrong code", err, signin.ErrTOTPCode)
	out, err = b.app(ch)
	wantProof(t, "up", said(t, "up", out, err), "four", "pwd", "otp", "mfa")
	if out.AuthTime != b.Now() {
		t.Errorf("signed in at %v, want now: %v", out.AuthTime, b.Now())
	}
	high := out.Tokens.Access.Reveal()

	// A code counts as well: the password is asked for, and then the app.
	out, err = b.mailed(b.sentCode("alice", user.EmailOTP))
	said(t, "code", out, err)
	out, err = b.choose("alice", "ACCESS_TOKEN", out.Tokens.Access.Reveal(), "TARGET_ACR_VALUES", "three", "PREFERRED_CHALLENGE", "PASSWORD", "PASSWORD", string(right))
	wantProof(t, "code, then password", said(t, "code, then password", out, err), "three", "email_otp", "pwd", "mfa")

	_, err = b.choose("alice", "ACCESS_TOKEN", high, "TARGET_ACR_VALUES", "four")
	wantErr(t, "there already", err, signin.ErrLevelUp)
	_, err = b.choose("alice", "ACCESS_TOKEN", high, "TARGET_ACR_VALUES", "one")
	wantErr(t, "above already", err, signin.ErrLevelUp)
	_, err = up()
	wantErr(t, "no target", err, signin.ErrParameter.Saying("ACCESS_TOKEN is for TARGET_ACR_VALUES alone."))
	_, err = up("TARGET_ACR_VALUES", "five")
	wantErr(t, "no level", err, signin.ErrParameter.Saying("TARGET_ACR_VALUES names no level of the user pool."))
	_, err = up("TARGET_ACR_VALUES", "four", "MAX_AGE", "-1")
	wantErr(t, "max age", err, signin.ErrParameter.Saying("MAX_AGE must be a number of seconds."))
	_, err = b.choose("alice", "ACCESS_TOKEN", present+"x", "TARGET_ACR_VALUES", "four")
	wantErr(t, "forged", err, token.ErrAccessInvalid)
	b.MustUser("bob", "email", "bob@example.com")
	_, err = b.choose("bob", "ACCESS_TOKEN", present, "TARGET_ACR_VALUES", "four")
	wantErr(t, "somebody else's", err, signin.ErrParameter.Saying("The ACCESS_TOKEN is not of the user."))
	own := b.c
	b.c = b.MustClient(own.Settings)
	_, err = up("TARGET_ACR_VALUES", "four")
	wantErr(t, "of another client", err, signin.ErrParameter.Saying("The ACCESS_TOKEN is not of the app client."))
	b.c = own

	// What was proved too long ago counts no more.
	out, err = up("TARGET_ACR_VALUES", "four", "MAX_AGE", "59")
	wantChallenge(t, "too long ago", out, err, signin.SelectChallenge)
	out, err = up("TARGET_ACR_VALUES", "four", "MAX_AGE", "3600")
	wantChallenge(t, "not too long ago", out, err, user.SoftwareTokenMFA)

	if err := b.Tokens.RevokeAllOf(t.Context(), b.Pool.ID, b.alice.Sub); err != nil {
		t.Fatal(err)
	}
	_, err = up("TARGET_ACR_VALUES", "four")
	wantErr(t, "revoked", err, token.ErrAccessRevoked)
}

// A level takes the place of no second factor that the pool demands.
func TestTargetBelowTheSecondFactor(t *testing.T) {
	pool := withLevels()
	pool.MFA.Mode = userpool.MFARequired
	b := newLeveled(t, pool)
	out, err := b.begin("TARGET_ACR_VALUES", "one")
	out, err = b.app(wantChallenge(t, "demanded", out, err, user.SoftwareTokenMFA))
	wantProof(t, "demanded", said(t, "demanded", out, err), "four", "pwd", "otp", "mfa")
}

// The mailbox that got the code for the present password is no second factor
// beside it.
func TestTargetWithARecoveredPassword(t *testing.T) {
	pool := withLevels()
	pool.MFA.SMS, pool.MFA.TOTP = false, new(false)
	b := &leveled{bench: newBench(t, pool, userpool.ClientSettings{})}
	b.alice = b.MustUser("alice", "email", mail)
	b.MustEdit("alice", func(u *user.User) { u.Security.MFA.Email = true })
	out, err := b.begin("TARGET_ACR_VALUES", "three")
	wantChallenge(t, "before", out, err, user.EmailOTP)
	b.MustEdit("alice", func(u *user.User) {
		u.Security.Recovery = &user.Recovery{Contact: "email", Salt: u.Password.Salt}
	})
	_, err = b.begin("TARGET_ACR_VALUES", "three")
	wantErr(t, "recovered", err, signin.ErrLevel)
}

// Whoever has just signed up is no exception: the sign-in goes on to the level, or
// gives no tokens.
func TestTargetAfterSignUp(t *testing.T) {
	after := func(password seal.Secret, parameters ...string) (*leveled, *signin.Outcome, error) {
		t.Helper()
		pool := withLevels()
		pool.AutoVerified = []string{"email"}
		b := &leveled{bench: newBench(t, pool, userpool.ClientSettings{})}
		_, session := b.signedUp("alice", password)
		next, err := b.confirm("alice", session)
		if err != nil {
			t.Fatal(err)
		}
		out, err := b.SignIns.Initiate(t.Context(), b.Pool, b.c, signin.Initiation{
			Flow: "USER_AUTH", Parameters: enginetest.Pairs(append([]string{"USERNAME", "alice"}, parameters...)...), Session: next,
		})
		return b, out, err
	}
	_, out, err := after(right)
	wantProof(t, "no target", said(t, "no target", out, err), "one", "pwd")
	b, out, err := after(right, "TARGET_ACR_VALUES", "three")
	out, err = b.mailed(wantChallenge(t, "three", out, err, user.EmailOTP))
	wantProof(t, "three", said(t, "three", out, err), "three", "pwd", "email_otp", "mfa")
	_, _, err = after(right, "TARGET_ACR_VALUES", "four")
	wantErr(t, "four", err, signin.ErrLevel)
	_, out, err = after("", "TARGET_ACR_VALUES", "two")
	wantProof(t, "two, without a password", said(t, "two, without a password", out, err), "two", "email_otp")
	_, _, err = after("", "TARGET_ACR_VALUES", "three")
	wantErr(t, "three, without a password", err, signin.ErrLevel)
	_, _, err = after(right, "TARGET_ACR_VALUES", "five")
	wantErr(t, "no level", err, signin.ErrParameter.Saying("TARGET_ACR_VALUES names no level of the user pool."))
}

// What was proved with a former password counts no more. With an old access token
// somebody could choose the new password of a user.
func TestStepUpAfterANewPassword(t *testing.T) {
	for kind, permanent := range map[string]bool{"temporary": false, "permanent": true} {
		b := newLeveled(t, withLevels())
		out, err := b.begin()
		said(t, kind, out, err)
		b.Advance(time.Minute)
		if err := b.Accounts.SetPassword(t.Context(), b.Pool, "alice", "Another-1-password", permanent); err != nil {
			t.Fatal(err)
		}
		out, err = b.choose("alice", "ACCESS_TOKEN", out.Tokens.Access.Reveal(), "TARGET_ACR_VALUES", "four")
		switch {
		case errors.Is(err, token.ErrAccessRevoked): // a temporary password ends the tokens
		case err != nil:
			t.Errorf("%s: %v", kind, err)
		case out.Challenge == nil || !slices.Contains([]string{signin.SelectChallenge, user.ByPassword}, out.Challenge.Name):
			t.Errorf("%s: got %+v, want the first factor to be asked for", kind, out.Challenge)
		}
	}
}

// From a password, a passkey alone reaches the third level where the pool has no
// second factors.
func TestStepUpToAPasskey(t *testing.T) {
	pool := withLevels()
	pool.MFA.Mode = userpool.MFAOff
	b := newLeveled(t, pool)
	d := b.mustRegister("alice")
	out, err := b.begin()
	said(t, "password", out, err)
	out, err = b.choose("alice", "ACCESS_TOKEN", out.Tokens.Access.Reveal(), "TARGET_ACR_VALUES", "three", "PREFERRED_CHALLENGE", signin.WebAuthn)
	out, err = b.sign("alice", wantChallenge(t, "up", out, err, signin.WebAuthn), d)
	wantProof(t, "up", said(t, "up", out, err), "three", "pwd", "swk", "mfa")
}

// Whoever reads the mailbox alone, and has set the password with it, does not reach
// the level of two factors by signing in with a code first.
func TestStepUpFromAMailboxToItsPassword(t *testing.T) {
	b := newLeveled(t, withLevels())
	b.MustEdit("alice", func(u *user.User) {
		u.Security.Recovery = &user.Recovery{Contact: "email", Salt: u.Password.Salt}
	})
	out, err := b.mailed(b.sentCode("alice", user.EmailOTP))
	said(t, "code", out, err)
	out, err = b.choose("alice", "ACCESS_TOKEN", out.Tokens.Access.Reveal(), "TARGET_ACR_VALUES", "three", "PREFERRED_CHALLENGE", "PASSWORD", "PASSWORD", string(right))
	ch := wantChallenge(t, "password", out, err, signin.SelectMFAType)
	if got := ch.Parameters["MFAS_CAN_CHOOSE"]; strings.Contains(got, user.EmailOTP) {
		t.Errorf("the choice is %s, want no mailbox", got)
	}
}

// present is a browser's session in which alice has proved something a minute ago.
func (b *leveled) present(amr ...string) token.SignedIn {
	b.t.Helper()
	return token.SignedIn{User: b.MustFind("alice"), AuthTime: b.Now().Add(-time.Minute), Provider: userpool.ProviderCognito, Proof: token.Proof{AMR: amr}}
}

// stepUp steps up from a browser's session, and checks that it is known beforehand
// whether that can be done.
func (b *leveled) stepUp(who token.SignedIn, acr ...string) (*signin.Outcome, error) {
	b.t.Helper()
	out, err := b.SignIns.StepUp(b.t.Context(), b.Pool, b.c, who, risk.Visit{}, acr...)
	if can := b.SignIns.CanStepUp(b.Pool, b.c, who, acr...); can != (err == nil) {
		b.t.Errorf("CanStepUp is %v, StepUp returns %v", can, err)
	}
	return out, err
}

func TestStepUpFromABrowser(t *testing.T) {
	b := newLeveled(t, withLevels())
	out, err := b.stepUp(b.present("pwd"), "four")
	ch := wantChallenge(t, "password", out, err, user.SoftwareTokenMFA)
	code := enginetest.TOTP(t, b.secret, b.Now()).Reveal()
	_, err = b.respond(user.SoftwareTokenMFA, ch.Session, "USERNAME", "alice", "SOFTWARE_TOKEN_MFA_CODE", code)
	wantErr(t, "through the API", err, signin.ErrSessionInvalid)
	answer := signin.Response{Challenge: user.SoftwareTokenMFA, Session: ch.Session, Answers: enginetest.Pairs("USERNAME", "alice", "SOFTWARE_TOKEN_MFA_CODE", code)}
	out, err = b.SignIns.Answer(t.Context(), b.Pool, b.c, answer)
	if err != nil || out.Challenge != nil || !out.Resumed || !out.AuthTime.Equal(b.Now()) {
		t.Fatalf("got %+v, %v, want a complete sign-in of now", out, err)
	}
	wantProof(t, "password, then app", out.Proof, "four", "pwd", "otp", "mfa")

	out, err = b.stepUp(b.present("email_otp"), "three")
	wantChallenge(t, "code", out, err, user.ByPassword)
	out, err = b.stepUp(b.present("pwd"), "unknown", "three")
	wantChallenge(t, "three", out, err, signin.SelectMFAType)
	for what, who := range map[string]token.SignedIn{"unknown proof": b.present(), "by functions": b.present("custom"), "a passkey that was removed": b.present("swk")} {
		_, err = b.stepUp(who, "four")
		wantErr(t, what, err, signin.ErrStepUp)
	}
	_, err = b.stepUp(b.present("pwd", "otp", "mfa"), "four")
	wantErr(t, "there already", err, signin.ErrStepUp)
	b.MustEdit("alice", func(u *user.User) { u.Security.TOTP = nil })
	_, err = b.stepUp(b.present("pwd"), "four")
	wantErr(t, "out of reach", err, signin.ErrLevel)
	_, err = b.stepUp(b.present("pwd", "otp", "mfa"), "three")
	if err == nil { // the app was removed: it counts no more
		wantChallenge(t, "removed app", out, err, signin.SelectMFAType)
	} else {
		t.Errorf("removed app: %v", err)
	}
}

// The session of somebody whose password is another one by now, or who was disabled,
// counts for nothing.
func TestStepUpFromAnOldBrowser(t *testing.T) {
	for what, change := range map[string]func(*user.User){
		"password": func(u *user.User) { u.Password.Set = u.Password.Set.Add(time.Hour) },
		"disabled": func(u *user.User) { u.Enabled = false },
		"reset":    func(u *user.User) { u.Status = user.ResetRequired },
	} {
		b := newLeveled(t, withLevels())
		who := b.present("pwd")
		b.MustEdit("alice", change)
		_, err := b.SignIns.StepUp(t.Context(), b.Pool, b.c, who, risk.Visit{}, "four")
		wantErr(t, what, err, signin.ErrStepUp)
		who.User = b.MustFind("alice")
		if b.SignIns.CanStepUp(b.Pool, b.c, who, "four") {
			t.Errorf("%s: the session can be gone on from", what)
		}
	}
}

// A client where people begin with the password counts no sign-in without it.
func TestStepUpFromAWeakerClient(t *testing.T) {
	b := newLeveled(t, withLevels())
	settings := b.c.Settings
	settings.AuthFlows = []string{userpool.FlowUserSRP}
	b.c = b.MustClient(settings)
	for _, amr := range []string{"email_otp", "sms", "swk"} {
		_, err := b.stepUp(b.present(amr), "three")
		wantErr(t, amr, err, signin.ErrStepUp)
	}
}

// Where the pool demands a second factor by now, it is asked for; but nobody sets one
// up with the session of a browser alone.
func TestStepUpToWhatThePoolDemands(t *testing.T) {
	pool := withLevels()
	pool.Levels, pool.MFA.Mode, pool.MFA.SMS, pool.MFA.Email = nil, userpool.MFARequired, false, false
	b := newLeveled(t, pool)
	out, err := b.stepUp(b.present("pwd"))
	wantChallenge(t, "demanded", out, err, user.SoftwareTokenMFA)
	b.MustEdit("alice", func(u *user.User) { u.Security.TOTP = nil })
	_, err = b.stepUp(b.present("pwd"))
	wantErr(t, "to set up", err, signin.ErrStepUp)
}
