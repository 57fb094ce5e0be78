package signin_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/srp"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// choosing returns the settings of a pool with those first factors.
func choosing(factors ...string) userpool.Settings {
	return userpool.Settings{FirstFactors: factors}
}

func allFirst() userpool.Settings {
	return choosing(userpool.FirstPassword, userpool.FirstEmail, userpool.FirstSMS)
}

func (b *bench) choose(name string, parameters ...string) (*signin.Outcome, error) {
	b.t.Helper()
	return b.initiate("USER_AUTH", append([]string{"USERNAME", name}, parameters...)...)
}

// sentCode chooses a factor whose code is sent, and returns the challenge.
func (b *bench) sentCode(name, factor string) *signin.Challenge {
	b.t.Helper()
	out, err := b.choose(name, "PREFERRED_CHALLENGE", factor)
	return wantChallenge(b.t, factor, out, err, factor)
}

// madeUp returns a name that no user has, made of the pattern, with which a sign-in
// can begin with the factor.
func (b *bench) madeUp(pattern, factor string) string {
	b.t.Helper()
	for i := range 1000 {
		name := fmt.Sprintf(pattern, i)
		if slices.Contains(user.FirstFactors(b.Pool, b.Credentials.Nobody(b.Pool, name)), factor) {
			return name
		}
	}
	b.t.Fatalf("no made-up user begins with %s", factor)
	return ""
}

func TestFirstFactorsThatAreOffered(t *testing.T) {
	passwords := []string{"PASSWORD_SRP", "PASSWORD"}
	withMode := func(s userpool.Settings, mode userpool.MFAMode) userpool.Settings {
		s.MFA, s.SMS = withMFA(mode, allFactors()...).MFA, withMFA(mode).SMS
		return s
	}
	both := []string{"email", mail, "phone_number", phone}
	all := append(slices.Clone(passwords), "EMAIL_OTP", "SMS_OTP")
	tests := []struct {
		name       string
		pool       userpool.Settings
		attributes []string
		edit       func(*user.User)
		want       []string
	}{
		{name: "a pool without a policy", attributes: both, want: passwords},
		{name: "everything", pool: allFirst(), attributes: both, want: all},
		{name: "no phone", pool: allFirst(), attributes: both[:2], want: all[:3]},
		{name: "no addresses", pool: allFirst(), want: passwords},
		{name: "no password in the pool", pool: choosing("SMS_OTP"), attributes: both, want: []string{"SMS_OTP"}},
		{name: "no password of the user", pool: allFirst(), attributes: both, edit: func(u *user.User) { u.Password = nil }, want: []string{"EMAIL_OTP", "SMS_OTP"}},
		{name: "a temporary password", pool: allFirst(), attributes: both, edit: func(u *user.User) { u.Status = user.ForceChangePassword }, want: passwords},
		{name: "MFA is required", pool: withMode(allFirst(), "ON"), attributes: both, want: passwords},
		{name: "MFA is optional and off", pool: withMode(allFirst(), "OPTIONAL"), attributes: both, want: all},
		{name: "MFA is optional and on", pool: withMode(allFirst(), "OPTIONAL"), attributes: both, edit: func(u *user.User) { u.Security.MFA.SMS = true }, want: passwords},
		{name: "MFA is off, the user's preference counts for nothing", pool: allFirst(), attributes: both, edit: func(u *user.User) { u.Security.MFA.SMS = true }, want: all},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t, test.pool, userpool.ClientSettings{})
			b.MustUser("alice", test.attributes...)
			if test.edit != nil {
				b.MustEdit("alice", test.edit)
			}
			out, err := b.choose("alice")
			ch := wantChallenge(t, "USER_AUTH", out, err, signin.SelectChallenge)
			if !slices.Equal(ch.Available, test.want) || len(ch.Parameters) != 0 || ch.Session == "" {
				t.Errorf("offered %v, parameters %v; want %v and none", ch.Available, ch.Parameters, test.want)
			}
		})
	}
}

func TestNobodyBeginsWithoutAFirstFactor(t *testing.T) {
	for _, hides := range []bool{false, true} {
		b := newBench(t, choosing("SMS_OTP"), userpool.ClientSettings{HideUserExistence: hides})
		b.MustUser("alice")
		out, err := b.choose("alice")
		if hides {
			wantChallenge(t, "a client that hides users", out, err, signin.SelectChallenge)
			continue
		}
		wantErr(t, "a client that does not", err, signin.ErrNoFirstFactor)
	}
}

func TestPreferredPassword(t *testing.T) {
	b := newBench(t, allFirst(), userpool.ClientSettings{})
	alice := b.MustUser("alice")
	out, err := b.choose("alice", "PREFERRED_CHALLENGE", "PASSWORD", "PASSWORD", right.Reveal())
	wantTokens(t, "with the password", out, err, alice)
	_, err = b.choose("alice", "PREFERRED_CHALLENGE", "PASSWORD", "PASSWORD", "wrong")
	wantErr(t, "with a wrong password", err, signin.ErrWrongPassword)

	out, err = b.choose("alice", "PREFERRED_CHALLENGE", "PASSWORD")
	ch := wantChallenge(t, "without the password", out, err, "PASSWORD")
	if !slices.Equal(ch.Available, []string{"PASSWORD_SRP", "PASSWORD"}) {
		t.Errorf("available %v, want the list", ch.Available)
	}
	_, err = b.respond("PASSWORD", ch.Session, "USERNAME", "alice", "PASSWORD", "wrong")
	wantErr(t, "wrong answer", err, signin.ErrWrongPassword)
	out, err = b.respond("PASSWORD", ch.Session, "USERNAME", "alice", "PASSWORD", right.Reveal())
	wantTokens(t, "right answer", out, err, alice)
	_, err = b.respond("PASSWORD", ch.Session, "USERNAME", "alice", "PASSWORD", right.Reveal())
	wantErr(t, "the same again", err, signin.ErrSessionUsed)

	_, err = b.choose("alice", "PREFERRED_CHALLENGE", "SMS_MFA")
	if !errors.Is(err, signin.ErrParameter) {
		t.Errorf("a preference that is no first factor: %v, want %v", err, signin.ErrParameter)
	}
	out, err = b.choose("alice", "PREFERRED_CHALLENGE", "EMAIL_OTP")
	wantChallenge(t, "a preference that the user can't meet", out, err, signin.SelectChallenge)
}

func TestPasswordsByChoiceAreCounted(t *testing.T) {
	b := newBench(t, allFirst(), userpool.ClientSettings{})
	b.MustUser("alice")
	out, err := b.choose("alice")
	session := wantChallenge(t, "USER_AUTH", out, err, signin.SelectChallenge).Session
	for range 5 {
		_, err := b.respond(signin.SelectChallenge, session, "USERNAME", "alice", "ANSWER", "PASSWORD", "PASSWORD", "wrong")
		wantErr(t, "wrong password", err, signin.ErrWrongPassword)
	}
	_, err = b.respond(signin.SelectChallenge, session, "USERNAME", "alice", "ANSWER", "PASSWORD", "PASSWORD", right.Reveal())
	wantErr(t, "right password in the lock", err, credential.ErrLocked)
	_, err = b.password("alice", right)
	wantErr(t, "right password of another flow in the lock", err, credential.ErrLocked)
}

func TestSRPByChoice(t *testing.T) {
	b := newBench(t, allFirst(), userpool.ClientSettings{})
	alice := b.MustUser("alice")
	client := &srp.Client{PoolName: b.Pool.ID.Name(), Password: right.Reveal()}
	srpA, err := client.SRPA()
	if err != nil {
		t.Fatal(err)
	}
	asked := map[string]*signin.Challenge{}
	out, err := b.choose("alice", "PREFERRED_CHALLENGE", "PASSWORD_SRP", "SRP_A", srpA)
	asked["at once"] = wantChallenge(t, "with SRP_A", out, err, signin.PasswordVerifier)

	out, err = b.choose("alice", "PREFERRED_CHALLENGE", "PASSWORD_SRP")
	ch := wantChallenge(t, "without SRP_A", out, err, "PASSWORD_SRP")
	out, err = b.respond("PASSWORD_SRP", ch.Session, "USERNAME", "alice", "SRP_A", srpA)
	asked["after PASSWORD_SRP"] = wantChallenge(t, "PASSWORD_SRP", out, err, signin.PasswordVerifier)

	out, err = b.choose("alice")
	ch = wantChallenge(t, "choice", out, err, signin.SelectChallenge)
	out, err = b.respond(signin.SelectChallenge, ch.Session, "USERNAME", "alice", "ANSWER", "PASSWORD_SRP", "SRP_A", srpA)
	asked["after SELECT_CHALLENGE"] = wantChallenge(t, "SELECT_CHALLENGE", out, err, signin.PasswordVerifier)
	for what, ch := range asked {
		p := &proof{b: b, client: client, asked: ch.Parameters}
		p.sign(b.Now())
		out, err := p.answer()
		wantTokens(t, what, out, err, alice)
	}
}

func TestSelectChallenge(t *testing.T) {
	b := newBench(t, choosing("PASSWORD", "EMAIL_OTP"), userpool.ClientSettings{})
	alice := b.MustUser("alice", "email", mail, "phone_number", phone)
	out, err := b.choose("alice")
	session := wantChallenge(t, "USER_AUTH", out, err, signin.SelectChallenge).Session
	for _, answer := range []string{"SMS_OTP", "PASSWORD_VERIFIER", "SOFTWARE_TOKEN_MFA", "x"} {
		_, err := b.respond(signin.SelectChallenge, session, "USERNAME", "alice", "ANSWER", answer)
		wantErr(t, answer, err, signin.ErrFirstChoice)
	}
	out, err = b.respond(signin.SelectChallenge, session, "USERNAME", "alice", "ANSWER", "EMAIL_OTP")
	ch := wantChallenge(t, "EMAIL_OTP", out, err, signin.EmailOTP)
	out, err = b.respond(signin.EmailOTP, ch.Session, "USERNAME", "alice", "EMAIL_OTP_CODE", b.MustCode(mail).Reveal())
	wantTokens(t, "the code", out, err, alice)
	_, err = b.respond(signin.SelectChallenge, session, "USERNAME", "alice", "ANSWER", "EMAIL_OTP")
	wantErr(t, "the choice again", err, signin.ErrSessionUsed)
}

func TestCodeAsFirstFactor(t *testing.T) {
	for _, test := range []struct{ factor, to, key, medium, masked, verified string }{
		{"EMAIL_OTP", mail, "EMAIL_OTP_CODE", "EMAIL", "a***@e***", "email_verified"},
		{"SMS_OTP", phone, "SMS_OTP_CODE", "SMS", "+*******1111", "phone_number_verified"},
	} {
		t.Run(test.factor, func(t *testing.T) {
			b := newBench(t, allFirst(), userpool.ClientSettings{})
			alice := b.MustUser("alice", "email", mail, "phone_number", phone)
			ch := b.sentCode("alice", test.factor)
			want := map[string]string{"CODE_DELIVERY_DELIVERY_MEDIUM": test.medium, "CODE_DELIVERY_DESTINATION": test.masked}
			if len(ch.Parameters) != 2 || ch.Parameters["CODE_DELIVERY_DELIVERY_MEDIUM"] != test.medium || ch.Parameters["CODE_DELIVERY_DESTINATION"] != test.masked || len(ch.Available) != 4 {
				t.Errorf("parameters %v, available %v; want %v and four", ch.Parameters, ch.Available, want)
			}
			code := b.MustCode(test.to)
			if len(code) != 8 {
				t.Errorf("code of %d digits, want 8", len(code))
			}
			_, err := b.respond(test.factor, ch.Session, "USERNAME", "alice", test.key, string(enginetest.WrongCode(code)))
			wantErr(t, "wrong code", err, signin.ErrMFACode)
			older := b.sentCode("alice", test.factor)
			_, err = b.respond(test.factor, older.Session, "USERNAME", "alice", test.key, code.Reveal())
			wantErr(t, "code of another sign-in", err, signin.ErrMFACode)
			out, err := b.respond(test.factor, ch.Session, "USERNAME", "alice", test.key, code.Reveal())
			wantTokens(t, "right code", out, err, alice)
			if b.MustFind("alice").Attributes[test.verified] != "true" {
				t.Errorf("%s is not true after the code", test.verified)
			}
			_, err = b.respond(test.factor, ch.Session, "USERNAME", "alice", test.key, code.Reveal())
			wantErr(t, "right code again", err, signin.ErrSessionUsed)
		})
	}
}

// Between the question and the answer the user may get another address, lose it,
// or begin to need a second factor.
func TestFirstCodeAfterAChangeOfTheUser(t *testing.T) {
	tests := map[string]func(*user.User){
		"another address":      func(u *user.User) { u.Attributes["email"] = "other@example.com" },
		"no address":           func(u *user.User) { delete(u.Attributes, "email") },
		"a second factor":      func(u *user.User) { u.Security.MFA.Email = true },
		"a temporary password": func(u *user.User) { u.Status = user.ForceChangePassword },
		"nothing":              nil,
	}
	for name, edit := range tests {
		t.Run(name, func(t *testing.T) {
			pool := allFirst()
			pool.MFA = withMFA("OPTIONAL", user.EmailOTP).MFA
			b := newBench(t, pool, userpool.ClientSettings{})
			alice := b.MustUser("alice", "email", mail)
			ch := b.sentCode("alice", "EMAIL_OTP")
			if edit != nil {
				b.MustEdit("alice", edit)
			}
			out, err := b.respond("EMAIL_OTP", ch.Session, "USERNAME", "alice", "EMAIL_OTP_CODE", b.MustCode(mail).Reveal())
			if edit == nil {
				wantTokens(t, "nothing has changed", out, err, alice)
				return
			}
			wantErr(t, name, err, signin.ErrMFACode)
		})
	}
}

func TestFirstCodesAreCountedAndFew(t *testing.T) {
	for _, name := range []string{"alice", ""} {
		b := newBench(t, allFirst(), hiding)
		b.MustUser("alice", "email", mail)
		if name == "" {
			name = b.madeUp("nobody%d", "EMAIL_OTP")
		}
		ch := b.sentCode(name, "EMAIL_OTP")
		for range 5 {
			_, err := b.respond("EMAIL_OTP", ch.Session, "USERNAME", name, "EMAIL_OTP_CODE", "00000000")
			wantErr(t, name+": wrong code", err, signin.ErrMFACode)
		}
		_, err := b.respond("EMAIL_OTP", ch.Session, "USERNAME", name, "EMAIL_OTP_CODE", "00000000")
		wantErr(t, name+": in the lock", err, credential.ErrLocked)
		for range 19 {
			b.sentCode(name, "EMAIL_OTP")
		}
		_, err = b.choose(name, "PREFERRED_CHALLENGE", "EMAIL_OTP")
		wantErr(t, name+": too many codes", err, credential.ErrAttemptLimit)
	}
}

// A name that no user has gets the answers that a user gets, the same each time,
// and no message is sent.
func TestUnknownNameChooses(t *testing.T) {
	b := newBench(t, allFirst(), hiding)
	b.MustUser("alice", "email", mail)
	known := b.sentCode("alice", "EMAIL_OTP")
	b.Outbox.Clear()
	lists, codes := map[string]bool{}, 0
	for i := range 24 {
		name := fmt.Sprintf("ann%d", i)
		out, err := b.choose(name)
		first := wantChallenge(t, name, out, err, signin.SelectChallenge)
		out, err = b.choose(strings.ToUpper(name[:1]) + name[1:])
		wantChallenge(t, name, out, err, signin.SelectChallenge)
		out, err = b.choose(name)
		if again := wantChallenge(t, name, out, err, signin.SelectChallenge); !slices.Equal(again.Available, first.Available) {
			t.Errorf("%s: offered %v, then %v", name, first.Available, again.Available)
		}
		lists[strings.Join(first.Available, " ")] = true
		if slices.Contains(first.Available, user.ByPassword) {
			_, err = b.respond(signin.SelectChallenge, first.Session, "USERNAME", name, "ANSWER", "PASSWORD", "PASSWORD", right.Reveal())
			wantErr(t, name+": password", err, signin.ErrWrongPassword)
		}
		if !slices.Contains(first.Available, user.EmailOTP) {
			continue
		}
		codes++
		ch, again := b.sentCode(name, "EMAIL_OTP"), b.sentCode(name, "EMAIL_OTP")
		if ch.Parameters["CODE_DELIVERY_DESTINATION"] != again.Parameters["CODE_DELIVERY_DESTINATION"] || len(ch.Parameters) != len(known.Parameters) {
			t.Errorf("%s: %v, then %v", name, ch.Parameters, again.Parameters)
		}
		if d := len(ch.Session) - len(known.Session); d > 8 || d < -8 { // the name that was sent may be longer or shorter
			t.Errorf("%s: session of %d bytes, that of a user has %d", name, len(ch.Session), len(known.Session))
		}
		_, err = b.respond("EMAIL_OTP", ch.Session, "USERNAME", name, "EMAIL_OTP_CODE", "12345678")
		wantErr(t, name+": code", err, signin.ErrMFACode)
	}
	if len(lists) < 2 || codes < 3 {
		t.Errorf("unknown names are offered %v, and %d of them a code", lists, codes)
	}
	if sent := b.Outbox.Sent(); len(sent) != 0 {
		t.Errorf("%d messages were sent", len(sent))
	}
	out, err := b.choose(b.madeUp("zoe%d@example.com", "EMAIL_OTP"), "PREFERRED_CHALLENGE", "EMAIL_OTP")
	if ch := wantChallenge(t, "an address", out, err, "EMAIL_OTP"); ch.Parameters["CODE_DELIVERY_DESTINATION"] != "z***@e***" {
		t.Errorf("destination %s, want the mask of what was typed", ch.Parameters["CODE_DELIVERY_DESTINATION"])
	}
	telling := newBench(t, allFirst(), userpool.ClientSettings{})
	_, err = telling.choose("nobody")
	wantErr(t, "a client that tells", err, user.ErrUserNotFound)
}

// A client that hides users does not show that a message could not be delivered.
func TestFirstCodeThatIsNotDelivered(t *testing.T) {
	for _, hides := range []bool{false, true} {
		b := newBench(t, allFirst(), userpool.ClientSettings{HideUserExistence: hides})
		b.MustUser("alice", "email", mail)
		b.Outbox.FailWith(errors.New("no mail server"))
		out, err := b.choose("alice", "PREFERRED_CHALLENGE", "EMAIL_OTP")
		if hides {
			wantChallenge(t, "a client that hides users", out, err, "EMAIL_OTP")
			continue
		}
		wantErr(t, "a client that does not", err, signin.ErrCodeNotSent)
	}
}

func TestOneOfManyRightCodes(t *testing.T) {
	b := newBench(t, allFirst(), userpool.ClientSettings{})
	b.MustUser("alice", "email", mail)
	ch, code := b.sentCode("alice", "EMAIL_OTP"), b.MustCode(mail)
	var done atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := b.respond("EMAIL_OTP", ch.Session, "USERNAME", "alice", "EMAIL_OTP_CODE", code.Reveal()); err == nil {
				done.Add(1)
			} else if !errors.Is(err, signin.ErrSessionUsed) {
				t.Errorf("error %v, want %v", err, signin.ErrSessionUsed)
			}
		})
	}
	wg.Wait()
	if done.Load() != 1 {
		t.Errorf("%d sign-ins succeeded, want 1", done.Load())
	}
}

// The code of a first factor confirms a user who signed up; the code of a second
// one does not, and neither does a password.
func TestFirstCodeConfirms(t *testing.T) {
	pool := allFirst()
	b := newBench(t, pool, userpool.ClientSettings{})
	alice := b.MustSignUp(b.c, "alice", "email", mail)
	b.On(userpool.TriggerPostConfirmation, nothing)
	_, err := b.choose("alice", "PREFERRED_CHALLENGE", "PASSWORD", "PASSWORD", right.Reveal())
	wantErr(t, "password", err, signin.ErrNotConfirmed)
	ch := b.sentCode("alice", "EMAIL_OTP")
	out, err := b.respond("EMAIL_OTP", ch.Session, "USERNAME", "alice", "EMAIL_OTP_CODE", b.MustCode(mail).Reveal())
	wantTokens(t, "code", out, err, alice)
	if u := b.MustFind("alice"); u.Status != user.Confirmed || !u.Verified("email") {
		t.Errorf("status %s, verified %v; want a confirmed user with a verified address", u.Status, u.Verified("email"))
	}
	if got := b.Functions.Sources(); got != "PostConfirmation_ConfirmSignUp" {
		t.Errorf("the functions were told %q, want that the user is confirmed", got)
	}
	ch = b.sentCode("alice", "EMAIL_OTP")
	out, err = b.respond("EMAIL_OTP", ch.Session, "USERNAME", "alice", "EMAIL_OTP_CODE", b.MustCode(mail).Reveal())
	wantTokens(t, "a code of a confirmed user", out, err, alice)
	if got := b.Functions.Sources(); got != "" {
		t.Errorf("the functions were told again: %q", got)
	}
}

// If the address is the alias of somebody else, the code confirms nobody.
func TestFirstCodeToATakenAlias(t *testing.T) {
	pool := allFirst()
	pool.AliasAttributes = []string{"email"}
	b := newBench(t, pool, userpool.ClientSettings{})
	b.MustUser("bob", "email", mail, "email_verified", "true")
	b.MustSignUp(b.c, "alice", "email", mail)
	ch := b.sentCode("alice", "EMAIL_OTP")
	_, err := b.respond("EMAIL_OTP", ch.Session, "USERNAME", "alice", "EMAIL_OTP_CODE", b.MustCode(mail).Reveal())
	if !errors.Is(err, user.ErrAliasExists) || b.MustFind("alice").Status != user.Unconfirmed {
		t.Errorf("error %v, status %s; want %v, and nobody confirmed", err, b.MustFind("alice").Status, user.ErrAliasExists)
	}
}

// signedUp signs a user up and returns the session. password may be "".
func (b *bench) signedUp(name string, password seal.Secret) (*user.User, seal.Secret) {
	b.t.Helper()
	u, _, err := b.Accounts.SignUp(b.t.Context(), b.Pool, b.c, account.SignUp{Username: name, Password: password, Attributes: enginetest.Pairs("email", mail)})
	if err != nil {
		b.t.Fatal(err)
	}
	session, err := b.SignIns.SignUpSession(b.Pool, b.c, u)
	if err != nil {
		b.t.Fatal(err)
	}
	return u, session
}

// confirm confirms a user and returns the next session.
func (b *bench) confirm(name string, session seal.Secret) (seal.Secret, error) {
	b.t.Helper()
	next, err := b.SignIns.ConfirmSession(b.t.Context(), b.Pool, b.c, name, session)
	if err != nil {
		return "", err
	}
	return next, b.Accounts.ConfirmSignUp(b.t.Context(), b.Pool, b.c, account.Confirmation{Username: name, Code: b.MustCode(mail)})
}

func (b *bench) withSession(name string, session seal.Secret) (*signin.Outcome, error) {
	return b.SignIns.Initiate(b.t.Context(), b.Pool, b.c, signin.Initiation{Flow: "USER_AUTH", Parameters: enginetest.Pairs("USERNAME", name), Session: session})
}

func TestSignInAfterSignUp(t *testing.T) {
	for _, password := range []seal.Secret{right, ""} {
		pool := allFirst()
		pool.AutoVerified = []string{"email"}
		b := newBench(t, pool, userpool.ClientSettings{})
		alice, session := b.signedUp("alice", password)
		_, err := b.withSession("alice", session)
		wantErr(t, "before the confirmation", err, signin.ErrSessionInvalid)
		next, err := b.confirm("alice", session)
		if err != nil || next == "" {
			t.Fatalf("confirm: %q, %v", next, err)
		}
		_, err = b.withSession("bob", next)
		wantErr(t, "somebody else", err, user.ErrUserNotFound)
		out, err := b.withSession("alice", next)
		wantTokens(t, "after the confirmation", out, err, alice)
		_, err = b.withSession("alice", next)
		wantErr(t, "the session again", err, signin.ErrSessionUsed)
	}
}

func TestSessionsOfASignUpAreBound(t *testing.T) {
	pool := allFirst()
	pool.AutoVerified = []string{"email"}
	b := newBench(t, pool, userpool.ClientSettings{})
	b.MustUser("bob")
	_, session := b.signedUp("alice", right)
	_, err := b.confirm("bob", session)
	wantErr(t, "session of somebody else", err, signin.ErrSessionInvalid)
	_, err = b.confirm("alice", "x"+session)
	wantErr(t, "no session of ours", err, signin.ErrSessionInvalid)
	if b.MustFind("alice").Status != user.Unconfirmed {
		t.Error("a refused confirmation confirmed the user")
	}
	next, err := b.SignIns.ConfirmSession(t.Context(), b.Pool, b.c, "alice", session)
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.withSession("alice", next)
	wantErr(t, "a session that was made before the code was right", err, signin.ErrNotConfirmed)

	b.Advance(b.c.AuthSession())
	late, err := b.confirm("alice", session)
	if late != "" || err != nil {
		t.Errorf("a late confirmation: session %q, %v; want none and no error", late, err)
	}
	plain := newBench(t, allFirst(), userpool.ClientSettings{AuthFlows: []string{userpool.FlowUserSRP}})
	if _, session := plain.signedUp("alice", right); session != "" {
		t.Error("a client without the flow USER_AUTH got a session")
	}
}

// A new password ends the sign-in that a sign-up led to; a second factor is asked
// for in it.
func TestSignInAfterSignUpIsASignIn(t *testing.T) {
	pool := allFirst()
	pool.AutoVerified, pool.MFA = []string{"email"}, withMFA("ON", user.SoftwareTokenMFA).MFA
	b := newBench(t, pool, userpool.ClientSettings{})
	_, session := b.signedUp("alice", right)
	next, err := b.confirm("alice", session)
	if err != nil {
		t.Fatal(err)
	}
	out, err := b.withSession("alice", next)
	wantChallenge(t, "a pool that demands a second factor", out, err, signin.MFASetup)

	next, err = b.SignIns.ConfirmSession(t.Context(), b.Pool, b.c, "alice", session)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Accounts.SetPassword(t.Context(), b.Pool, "alice", "Other-Horse-8", true); err != nil {
		t.Fatal(err)
	}
	_, err = b.withSession("alice", next)
	wantErr(t, "after a new password", err, signin.ErrSessionUsed)
}

func TestSignUpWithoutAPassword(t *testing.T) {
	srpOnly := userpool.ClientSettings{AuthFlows: []string{userpool.FlowUserSRP}}
	tests := []struct {
		name       string
		pool       userpool.Settings
		client     userpool.ClientSettings
		attributes []string
		made       bool
	}{
		{"with a code", choosing("PASSWORD", "EMAIL_OTP"), userpool.ClientSettings{}, []string{"email", mail}, true},
		{"no address", choosing("PASSWORD", "EMAIL_OTP"), userpool.ClientSettings{}, nil, false},
		{"the pool wants passwords", userpool.Settings{}, userpool.ClientSettings{}, []string{"email", mail}, false},
		{"the client has no choice", choosing("PASSWORD", "EMAIL_OTP"), srpOnly, []string{"email", mail}, false},
	}
	for _, test := range tests {
		b := newBench(t, test.pool, test.client)
		_, _, err := b.Accounts.SignUp(t.Context(), b.Pool, b.c, account.SignUp{Username: "alice", Attributes: enginetest.Pairs(test.attributes...)})
		_, missing := b.Users.Find(t.Context(), b.Pool, "alice")
		if made := err == nil; made != test.made || made != (missing == nil) {
			t.Errorf("%s: %v, then %v; want made %v", test.name, err, missing, test.made)
		}
		if !test.made && fault.As(err).Code != credential.ErrPasswordPolicy.Code {
			t.Errorf("%s: %v, want %v", test.name, err, credential.ErrPasswordPolicy)
		}
	}
}

func TestChoiceEndsWithItsTime(t *testing.T) {
	b := newBench(t, allFirst(), userpool.ClientSettings{})
	b.MustUser("alice", "email", mail)
	ch := b.sentCode("alice", "EMAIL_OTP")
	b.Advance(3 * time.Minute)
	_, err := b.respond("EMAIL_OTP", ch.Session, "USERNAME", "alice", "EMAIL_OTP_CODE", b.MustCode(mail).Reveal())
	wantErr(t, "late", err, signin.ErrSessionExpired)
}

// Who is confirmed at once by the pool's function has nothing to confirm: there is no
// session for it.
func TestNoSessionForWhoIsConfirmedAtOnce(t *testing.T) {
	b := newBench(t, allFirst(), userpool.ClientSettings{})
	b.On(userpool.TriggerPreSignUp, func(e enginetest.Event) error { e.Respond("autoConfirmUser", true); return nil })
	session, err := b.SignIns.SignUpSession(b.Pool, b.c, b.MustSignUp(b.c, "alice", "email", mail))
	if err != nil || session != "" {
		t.Errorf("a session of %d bytes, %v; want none", len(session), err)
	}
}
