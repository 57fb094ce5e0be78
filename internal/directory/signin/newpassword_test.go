package signin_test

import (
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// needing is a pool whose users must have a given name.
var needing = userpool.Settings{Schema: []userpool.Attribute{
	{Name: "given_name", Type: userpool.TypeString, Mutable: true, Required: true, MaxLength: "10"},
	{Name: "custom:badge", Type: userpool.TypeString},
	{Name: "custom:team", Type: userpool.TypeString, Mutable: true},
}}

func TestTemporaryPasswordAsksForANewOne(t *testing.T) {
	b := newBench(t, needing, userpool.ClientSettings{ReadAttributes: []string{"email", "given_name"}})
	b.MustInvite("alice", "email", "alice@example.com", "custom:badge", "7")
	out, err := b.password("alice", right)
	ch := wantChallenge(t, "temporary password", out, err, signin.NewPasswordRequired)
	var required []string
	var attributes map[string]string
	if err := json.Unmarshal([]byte(ch.Parameters["requiredAttributes"]), &required); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(ch.Parameters["userAttributes"]), &attributes); err != nil {
		t.Fatal(err)
	}
	if want := []string{"userAttributes.given_name"}; !slices.Equal(required, want) {
		t.Errorf("requiredAttributes %q, want %q", required, want)
	}
	if len(attributes) != 1 || attributes["email"] != "alice@example.com" {
		t.Errorf("userAttributes %q, want only the e-mail address, which the client may read", attributes)
	}
	if ch.Parameters["USER_ID_FOR_SRP"] != "alice" || ch.Session == "" {
		t.Errorf("USER_ID_FOR_SRP %q, session %t", ch.Parameters["USER_ID_FOR_SRP"], ch.Session != "")
	}
}

func TestNewPasswordAnswers(t *testing.T) {
	const name = "userAttributes.given_name"
	tests := []struct {
		name    string
		change  func(*bench, *signin.Challenge)
		answers []string
		want    *fault.Error // nil: tokens
	}{
		{"right", nil, []string{"NEW_PASSWORD", "Other-Horse-8", name, "Alice"}, nil},
		{"the temporary one again", nil, []string{"NEW_PASSWORD", right.Reveal(), name, "Alice"}, nil},
		{"with an attribute more", nil, []string{"NEW_PASSWORD", "Other-Horse-8", name, "Alice", "userAttributes.nickname", "al"}, nil},
		{"by sub", nil, []string{"USERNAME", "sub", "NEW_PASSWORD", "Other-Horse-8", name, "Alice"}, nil},
		{"no password", nil, []string{name, "Alice"}, signin.ErrParameter.Saying("Missing required parameter NEW_PASSWORD")},
		{"weak password", nil, []string{"NEW_PASSWORD", "short", name, "Alice"}, credential.ErrPasswordPolicy.Saying("Password does not conform to policy: Password not long enough")},
		{"attribute missing", nil, []string{"NEW_PASSWORD", "Other-Horse-8"}, user.ErrAttributes.Saying("Invalid attributes given, given_name is missing")},
		{"attribute that does not fit", nil, []string{"NEW_PASSWORD", "Other-Horse-8", name, "Alice the Great"}, user.ErrAttributes.Saying("Attributes did not conform to the schema: given_name: String does not have the length that the schema asks for.\n")},
		{"attribute that is not there", nil, []string{"NEW_PASSWORD", "Other-Horse-8", name, "Alice", "userAttributes.magic", "1"}, user.ErrAttributes.Saying("user.magic: Attribute does not exist in the schema.\n")},
		{"attribute that no client writes", nil, []string{"NEW_PASSWORD", "Other-Horse-8", name, "Alice", "userAttributes.email_verified", "true"}, user.ErrAttributes.Saying("Cannot modify the non-mutable attribute email_verified")},
		{"the user's id", nil, []string{"NEW_PASSWORD", "Other-Horse-8", name, "Alice", "userAttributes.sub", "1"}, user.ErrAttributes.Saying("Cannot modify the non-mutable attribute sub")},
		{"attribute that never changes", nil, []string{"NEW_PASSWORD", "Other-Horse-8", name, "Alice", "userAttributes.custom:badge", "1"}, user.ErrAttributes.Saying("Cannot modify the non-mutable attribute custom:badge")},
		{"attribute of the pool's own", nil, []string{"NEW_PASSWORD", "Other-Horse-8", name, "Alice", "userAttributes.custom:team", "1"}, user.ErrUnwritable},
		{"required attribute, set meanwhile", func(b *bench, _ *signin.Challenge) {
			b.Accounts.SetAttributes(b.t.Context(), b.Pool, "alice", map[string]string{"given_name": "Alicia"}, nil)
		}, []string{"NEW_PASSWORD", "Other-Horse-8", name, "Alice"}, user.ErrProvided.Saying("Cannot modify an already provided given_name")},
		{"another user's name", func(b *bench, _ *signin.Challenge) { b.MustUser("bob") }, []string{"USERNAME", "bob", "NEW_PASSWORD", "Other-Horse-8", name, "Alice"}, signin.ErrSessionInvalid},
		{"nobody's name", nil, []string{"USERNAME", "nobody", "NEW_PASSWORD", "Other-Horse-8", name, "Alice"}, signin.ErrSessionInvalid},
		{"no session", func(_ *bench, ch *signin.Challenge) { ch.Session = "" }, []string{"NEW_PASSWORD", "Other-Horse-8", name, "Alice"}, signin.ErrParameter.Saying("Missing required parameter Session")},
		{"garbage", func(_ *bench, ch *signin.Challenge) { ch.Session = "AYABgarbage" }, []string{"NEW_PASSWORD", "Other-Horse-8", name, "Alice"}, signin.ErrSessionInvalid},
		{"too late", func(b *bench, _ *signin.Challenge) { b.Advance(3 * time.Minute) }, []string{"NEW_PASSWORD", "Other-Horse-8", name, "Alice"}, signin.ErrSessionExpired},
		{"at the last moment", func(b *bench, _ *signin.Challenge) { b.Advance(3*time.Minute - time.Second) }, []string{"NEW_PASSWORD", "Other-Horse-8", name, "Alice"}, nil},
		{"another client", func(b *bench, _ *signin.Challenge) { b.c = b.MustClient(userpool.ClientSettings{}) }, []string{"NEW_PASSWORD", "Other-Horse-8", name, "Alice"}, signin.ErrSessionInvalid},
		{"disabled meanwhile", func(b *bench, _ *signin.Challenge) { b.Accounts.SetEnabled(b.t.Context(), b.Pool, "alice", false) }, []string{"NEW_PASSWORD", "Other-Horse-8", name, "Alice"}, signin.ErrDisabled},
		{"another temporary password meanwhile", func(b *bench, _ *signin.Challenge) {
			b.Accounts.SetPassword(b.t.Context(), b.Pool, "alice", "Third-Horse-9", false)
		}, []string{"NEW_PASSWORD", "Other-Horse-8", name, "Alice"}, signin.ErrSessionUsed},
		{"deleted meanwhile", func(b *bench, _ *signin.Challenge) { b.Accounts.Delete(b.t.Context(), b.Pool, "alice") }, []string{"NEW_PASSWORD", "Other-Horse-8", name, "Alice"}, signin.ErrSessionInvalid},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t, needing, userpool.ClientSettings{})
			u := b.MustInvite("alice")
			out, err := b.password("alice", right)
			ch := wantChallenge(t, "temporary password", out, err, signin.NewPasswordRequired)
			if test.change != nil {
				test.change(b, ch)
			}
			answers := append([]string{"USERNAME", "alice"}, test.answers...)
			if answers[2] == "USERNAME" && answers[3] == "sub" {
				answers[3] = string(u.Sub)
			}
			out, err = b.respond(signin.NewPasswordRequired, ch.Session, answers...)
			if test.want != nil {
				wantErr(t, test.name, err, test.want)
				return
			}
			wantTokens(t, test.name, out, err, u)
			if got := b.MustFind("alice"); got.Status != user.Confirmed || got.Attributes["given_name"] != "Alice" || !got.Password.Expires.IsZero() {
				t.Errorf("user is %s with %v, want %s with a given name and a password that lasts", got.Status, got.Attributes, user.Confirmed)
			}
		})
	}
}

func TestRequiredAttributeThatIsSetStays(t *testing.T) {
	b := newBench(t, needing, userpool.ClientSettings{})
	b.MustInvite("alice", "given_name", "Alice")
	out, err := b.password("alice", right)
	ch := wantChallenge(t, "temporary password", out, err, signin.NewPasswordRequired)
	for _, value := range []string{"Mallory", "Alice", ""} { // Cognito: not even the same
		_, err = b.respond(signin.NewPasswordRequired, ch.Session, "USERNAME", "alice", "NEW_PASSWORD", "Other-Horse-8", "userAttributes.given_name", value)
		wantErr(t, "the value "+value, err, user.ErrProvided.Saying("Cannot modify an already provided given_name"))
	}
	if got := b.MustFind("alice"); got.Attributes["given_name"] != "Alice" || got.Status != user.ForceChangePassword {
		t.Errorf("after the refusals the user is %s with %v", got.Status, got.Attributes)
	}
}

// A required attribute that never changes can be given once, when it is asked for.
func TestRequiredAttributeThatNeverChangesIsAskedFor(t *testing.T) {
	b := newBench(t, userpool.Settings{Schema: []userpool.Attribute{{Name: "given_name", Type: userpool.TypeString, Required: true}}}, userpool.ClientSettings{})
	u := b.MustInvite("alice")
	out, err := b.password("alice", right)
	ch := wantChallenge(t, "temporary password", out, err, signin.NewPasswordRequired)
	out, err = b.respond(signin.NewPasswordRequired, ch.Session, "USERNAME", "alice", "NEW_PASSWORD", "Other-Horse-8", "userAttributes.given_name", "Alice")
	wantTokens(t, "the attribute that was asked for", out, err, u)
}

func TestNewPasswordSessionWorksOnce(t *testing.T) {
	b := newBench(t, userpool.Settings{}, userpool.ClientSettings{})
	b.MustInvite("alice")
	out, err := b.password("alice", right)
	ch := wantChallenge(t, "temporary password", out, err, signin.NewPasswordRequired)
	var passed atomic.Int32
	var work sync.WaitGroup
	for range 8 {
		work.Go(func() {
			if _, err := b.respond(signin.NewPasswordRequired, ch.Session, "USERNAME", "alice", "NEW_PASSWORD", "Other-Horse-8"); err == nil {
				passed.Add(1)
			}
		})
	}
	work.Wait()
	if passed.Load() != 1 {
		t.Errorf("%d of 8 answers to one challenge passed, want 1", passed.Load())
	}
	_, err = b.respond(signin.NewPasswordRequired, ch.Session, "USERNAME", "alice", "NEW_PASSWORD", "Third-Horse-9")
	wantErr(t, "once more", err, signin.ErrSessionUsed)
}

func TestTemporaryPasswordExpires(t *testing.T) {
	b := newBench(t, userpool.Settings{}, userpool.ClientSettings{})
	b.MustInvite("alice")
	b.Advance(7*24*time.Hour - time.Second)
	out, err := b.password("alice", right)
	wantChallenge(t, "at its last moment", out, err, signin.NewPasswordRequired)
	b.Advance(time.Second)
	_, err = b.password("alice", right)
	wantErr(t, "past its time", err, signin.ErrTemporaryExpired)
	_, err = b.password("alice", "Wrong-Horse-7")
	wantErr(t, "a wrong one past its time", err, signin.ErrWrongPassword)
}

// A session answers only the challenge that it was made for.
func TestSessionOfAnotherChallenge(t *testing.T) {
	b := newBench(t, userpool.Settings{}, userpool.ClientSettings{})
	b.MustInvite("alice")
	out, err := b.password("alice", right)
	ch := wantChallenge(t, "temporary password", out, err, signin.NewPasswordRequired)
	for _, name := range []string{"SMS_MFA", "SOFTWARE_TOKEN_MFA", "SELECT_MFA_TYPE", "MFA_SETUP", "CUSTOM_CHALLENGE", "SELECT_CHALLENGE", "ADMIN_NO_SRP_AUTH", "", "MAGIC"} {
		_, err := b.respond(name, ch.Session, "USERNAME", "alice", "ANSWER", "1", "SMS_MFA_CODE", "123456", "SOFTWARE_TOKEN_MFA_CODE", "123456", "PASSWORD", right.Reveal())
		wantErr(t, name, err, signin.ErrSessionInvalid)
	}
	_, err = b.respond(signin.PasswordVerifier, "", "USERNAME", "alice", "PASSWORD_CLAIM_SECRET_BLOCK", ch.Session.Reveal(), "PASSWORD_CLAIM_SIGNATURE", "eA==", "TIMESTAMP", "Wed Mar 4 05:06:07 UTC 2026")
	wantErr(t, "a session for a secret block", err, signin.ErrWrongPassword)
}

// A changed session or secret block never signs anybody in, and causes no panic.
func FuzzTamperedStates(f *testing.F) {
	f.Add(uint16(0), byte(1), false)
	f.Add(uint16(40), byte(0x80), true)
	f.Fuzz(func(t *testing.T, at uint16, flip byte, cut bool) {
		b := newBench(t, userpool.Settings{}, userpool.ClientSettings{})
		b.MustInvite("alice")
		b.MustUser("bob")
		out, err := b.password("alice", right)
		session := []byte(wantChallenge(t, "temporary password", out, err, signin.NewPasswordRequired).Session)
		if damage(session, at, flip, cut, &session) {
			if _, err := b.respond(signin.NewPasswordRequired, seal.Secret(session), "USERNAME", "alice", "NEW_PASSWORD", "Other-Horse-8"); err == nil {
				t.Errorf("a session changed at %d by %#x passed", at, flip)
			}
		}
		p := b.startSRP("bob", right)
		block := []byte(p.answers["PASSWORD_CLAIM_SECRET_BLOCK"])
		if damage(block, at, flip, cut, &block) {
			p.answers["PASSWORD_CLAIM_SECRET_BLOCK"] = string(block)
			if _, err := p.answer(); err == nil {
				t.Errorf("a secret block changed at %d by %#x passed", at, flip)
			}
		}
	})
}

// damage flips bits of text, or cuts it, and reports whether that changed it.
func damage(text []byte, at uint16, flip byte, cut bool, out *[]byte) bool {
	i := int(at) % len(text)
	if cut {
		*out = text[:i]
		return true
	}
	text[i] ^= flip
	return flip != 0
}

// In a pool with a history of passwords the temporary one is one that the user had.
func TestTheTemporaryPasswordIsPartOfTheHistory(t *testing.T) {
	for size, want := range map[int]error{0: nil, 1: credential.ErrPasswordReused} {
		b := newBench(t, userpool.Settings{PasswordPolicy: userpool.PasswordPolicy{HistorySize: size}}, userpool.ClientSettings{})
		b.MustInvite("alice")
		out, err := b.password("alice", right)
		ch := wantChallenge(t, "temporary password", out, err, signin.NewPasswordRequired)
		_, err = b.respond(ch.Name, ch.Session, "USERNAME", "alice", "NEW_PASSWORD", right.Reveal())
		if (want == nil) != (err == nil) || want != nil && !errors.Is(err, want) {
			t.Errorf("with a history of %d, the temporary password again: %v, want %v", size, err, want)
		}
	}
}

// An address that replaces another one only after it is verified gets its code when
// it is given with the new password, too.
func TestNewAddressWithTheNewPasswordGetsACode(t *testing.T) {
	const other = "ann@example.net"
	for _, before := range []bool{false, true} {
		pool := userpool.Settings{AutoVerified: []string{"email"}}
		if before {
			pool.VerifiedBeforeUpdate = []string{"email"}
		}
		b := newBench(t, pool, userpool.ClientSettings{})
		b.MustInvite("alice", "email", mail)
		out, err := b.password("alice", right)
		ch := wantChallenge(t, "temporary password", out, err, signin.NewPasswordRequired)
		b.Outbox.FailWith(errors.New("no mail server")) // and the sign-in does not wait for it
		if _, err = b.respond(ch.Name, ch.Session, "USERNAME", "alice", "NEW_PASSWORD", "Other-Horse-8", "userAttributes.email", other); err != nil {
			t.Fatal(err)
		}
		b.Outbox.FailWith(nil)
		alice := b.MustFind("alice")
		if !before {
			if alice.Attributes["email"] != other || alice.Verified("email") || len(b.Outbox.Sent()) != 0 {
				t.Errorf("the address is %s, %d messages", alice.Attributes["email"], len(b.Outbox.Sent()))
			}
			continue
		}
		if alice.Attributes["email"] != mail || alice.ToVerify("email") != other {
			t.Fatalf("the address is %s and %s waits, want %s to wait", alice.Attributes["email"], alice.ToVerify("email"), other)
		}
		b.MustInvite("bob", "email", mail)
		out, err = b.password("bob", right)
		ch = wantChallenge(t, "temporary password", out, err, signin.NewPasswordRequired)
		if _, err = b.respond(ch.Name, ch.Session, "USERNAME", "bob", "NEW_PASSWORD", "Other-Horse-8", "userAttributes.email", other); err != nil {
			t.Fatal(err)
		}
		if err := b.Accounts.VerifyContact(t.Context(), b.Pool, b.MustFind("bob"), "email", b.MustCode(other)); err != nil || b.MustFind("bob").Attributes["email"] != other {
			t.Errorf("with the code: %v, the address is %s", err, b.MustFind("bob").Attributes["email"])
		}
	}
}
