package signin_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/passkey"
	"gatehouse/internal/testing/authenticator"
	"gatehouse/internal/testing/gatetest/enginetest"
)

const appOrigin = "https://app.example.com"

// withPasskeys returns the settings of a pool whose users may have passkeys.
func withPasskeys() userpool.Settings {
	s := choosing(userpool.FirstPassword, userpool.FirstPasskey)
	s.Passkeys.RelyingParty = "example.com"
	return s
}

func (b *bench) device() *authenticator.Device {
	return authenticator.New(b.t, "example.com", appOrigin)
}

// register lets a device make a passkey for a user.
func (b *bench) register(name string, d *authenticator.Device) error {
	b.t.Helper()
	options, err := b.SignIns.StartPasskey(b.t.Context(), b.Pool, b.c, b.MustFind(name))
	if err != nil {
		return err
	}
	return b.SignIns.AddPasskey(b.t.Context(), b.Pool, b.c, b.MustFind(name), d.Create(options))
}

func (b *bench) mustRegister(name string) *authenticator.Device {
	b.t.Helper()
	d := b.device()
	if err := b.register(name, d); err != nil {
		b.t.Fatalf("register a passkey of %s: %v", name, err)
	}
	return d
}

// asked chooses the passkey, and returns the challenge.
func (b *bench) asked(name string) *signin.Challenge {
	b.t.Helper()
	return b.sentCode(name, signin.WebAuthn)
}

// sign signs the challenge with the device and answers it.
func (b *bench) sign(name string, ch *signin.Challenge, d *authenticator.Device) (*signin.Outcome, error) {
	b.t.Helper()
	return b.respond(signin.WebAuthn, ch.Session, "USERNAME", name, "CREDENTIAL", string(d.Get([]byte(ch.Parameters["CREDENTIAL_REQUEST_OPTIONS"]))))
}

func TestSignInWithAPasskey(t *testing.T) {
	b := newBench(t, withPasskeys(), userpool.ClientSettings{})
	alice := b.MustUser("alice")
	out, err := b.choose("alice", "PREFERRED_CHALLENGE", signin.WebAuthn)
	wantChallenge(t, "without a passkey", out, err, signin.SelectChallenge)
	d := b.mustRegister("alice")
	key := b.MustFind("alice").Security.Passkeys[0]
	if !slices.Equal(key.ID, d.ID) || key.RP != "example.com" || !key.Created.Equal(b.Now()) || !slices.Equal(key.AAGUID, d.AAGUID) {
		t.Errorf("kept %+v", key)
	}
	ch := b.asked("alice")
	if !slices.Equal(ch.Available, []string{"PASSWORD_SRP", "PASSWORD", "WEB_AUTHN"}) || !strings.Contains(ch.Parameters["CREDENTIAL_REQUEST_OPTIONS"], base64.RawURLEncoding.EncodeToString(d.ID)) {
		t.Errorf("available %v, options %s", ch.Available, ch.Parameters)
	}
	answer := string(d.Get([]byte(ch.Parameters["CREDENTIAL_REQUEST_OPTIONS"])))
	again := b.asked("alice")
	_, err = b.respond(signin.WebAuthn, again.Session, "USERNAME", "alice", "CREDENTIAL", answer)
	wantErr(t, "the answer of another sign-in", err, passkey.ErrRefused)
	out, err = b.respond(signin.WebAuthn, ch.Session, "USERNAME", "alice", "CREDENTIAL", answer)
	wantTokens(t, "the passkey", out, err, alice)
	_, err = b.respond(signin.WebAuthn, ch.Session, "USERNAME", "alice", "CREDENTIAL", answer)
	wantErr(t, "the same answer again", err, signin.ErrSessionUsed)
	_, err = b.respond(signin.WebAuthn, again.Session, "USERNAME", "alice", "CREDENTIAL", "{}")
	wantErr(t, "no credential", err, passkey.ErrForm)
	b.MustUser("bob")
	_, err = b.sign("alice", again, b.mustRegister("bob"))
	wantErr(t, "the passkey of somebody else", err, passkey.ErrRefused)
	b.Advance(b.c.AuthSession())
	_, err = b.sign("alice", again, d)
	wantErr(t, "too late", err, signin.ErrSessionExpired)
}

func TestRefusedPasskeysAreCounted(t *testing.T) {
	b := newBench(t, withPasskeys(), userpool.ClientSettings{})
	alice := b.MustUser("alice")
	d, ch := b.mustRegister("alice"), b.asked("alice")
	for range 5 {
		_, err := b.sign("alice", ch, b.device())
		wantErr(t, "a passkey that nobody registered", err, passkey.ErrRefused)
	}
	_, err := b.sign("alice", ch, d)
	wantErr(t, "in the lock", err, credential.ErrLocked)
	b.Advance(time.Second)
	out, err := b.sign("alice", ch, d)
	wantTokens(t, "after the lock", out, err, alice)
}

// A passkey that counts and its copy are not both accepted.
func TestCopyOfAPasskey(t *testing.T) {
	b := newBench(t, withPasskeys(), userpool.ClientSettings{})
	alice := b.MustUser("alice")
	d := b.mustRegister("alice")
	d.Counter = 5
	out, err := b.sign("alice", b.asked("alice"), d)
	wantTokens(t, "the passkey", out, err, alice)
	if got := b.MustFind("alice").Security.Passkeys[0].Counter; got != 5 {
		t.Errorf("counter %d is kept, want 5", got)
	}
	for _, counter := range []uint32{5, 4, 0} {
		d.Counter = counter
		_, err := b.sign("alice", b.asked("alice"), d)
		wantErr(t, "a counter that did not go on", err, passkey.ErrRefused)
	}
	b.Advance(16 * time.Minute) // the wrong answers are forgotten: those below lock nobody
	var asked []*signin.Challenge
	for range 4 {
		asked = append(asked, b.asked("alice"))
	}
	d.Counter = 6
	var done atomic.Int32
	var wg sync.WaitGroup
	for _, ch := range asked {
		wg.Go(func() {
			if _, err := b.sign("alice", ch, d); err == nil {
				done.Add(1)
			} else if !errors.Is(err, passkey.ErrRefused) {
				t.Errorf("error %v, want %v", err, passkey.ErrRefused)
			}
		})
	}
	wg.Wait()
	if done.Load() != 1 {
		t.Errorf("%d sign-ins with one count, want 1", done.Load())
	}
}

func TestPasskeyAfterAChangeOfTheUser(t *testing.T) {
	for name, edit := range map[string]func(*user.User){
		"it was removed":       func(u *user.User) { u.Security.Passkeys = nil },
		"a temporary password": func(u *user.User) { u.Status = user.ForceChangePassword },
		"a second factor":      func(u *user.User) { u.Security.MFA.Email, u.Attributes["email"] = true, mail },
	} {
		pool := withPasskeys()
		pool.MFA = withMFA("OPTIONAL", user.EmailOTP).MFA
		b := newBench(t, pool, userpool.ClientSettings{})
		b.MustUser("alice")
		d, ch := b.mustRegister("alice"), b.asked("alice")
		b.MustEdit("alice", edit)
		_, err := b.sign("alice", ch, d)
		wantErr(t, name, err, passkey.ErrRefused)
	}
}

// Where the pool says so, a passkey that verifies its user is two factors.
func TestPasskeyAsTwoFactors(t *testing.T) {
	for _, two := range []bool{false, true} {
		pool := withPasskeys()
		pool.MFA, pool.Passkeys.MultiFactor = withMFA("ON", user.SoftwareTokenMFA).MFA, two
		b := newBench(t, pool, userpool.ClientSettings{})
		alice := b.MustUser("alice")
		d := b.mustRegister("alice")
		out, err := b.choose("alice", "PREFERRED_CHALLENGE", signin.WebAuthn)
		if !two {
			wantChallenge(t, "as one factor", out, err, signin.SelectChallenge)
			continue
		}
		ch := wantChallenge(t, "as two factors", out, err, signin.WebAuthn)
		d.Flags = authenticator.UserPresent
		_, err = b.sign("alice", ch, d)
		wantErr(t, "without verifying the user", err, passkey.ErrRefused)
		d.Flags |= authenticator.UserVerified
		out, err = b.sign("alice", ch, d)
		wantTokens(t, "as two factors", out, err, alice)
	}
}

// A user can have it so that the passkey is one factor, also in a sign-in under way.
func TestPasskeyAsTwoFactorsTurnedOff(t *testing.T) {
	pool := withPasskeys()
	pool.MFA, pool.Passkeys.MultiFactor = withMFA("ON", user.SoftwareTokenMFA).MFA, true
	b := newBench(t, pool, userpool.ClientSettings{})
	b.MustUser("alice")
	d := b.mustRegister("alice")
	turn := func(on bool) {
		t.Helper()
		if err := b.Users.SetMFA(t.Context(), b.Pool, b.MustFind("alice").Sub, []user.FactorChange{{Factor: user.WebAuthn, On: on}}); err != nil {
			t.Fatal(err)
		}
	}
	begun := b.asked("alice")
	turn(false)
	_, err := b.sign("alice", begun, d)
	wantErr(t, "turned off meanwhile", err, passkey.ErrRefused)
	out, err := b.choose("alice", "PREFERRED_CHALLENGE", signin.WebAuthn)
	wantChallenge(t, "turned off", out, err, signin.SelectChallenge)
	turn(true)
	out, err = b.sign("alice", b.asked("alice"), d)
	wantTokens(t, "turned on", out, err, b.MustFind("alice"))
}

func TestRegistrationIsBoundAndWorksOnce(t *testing.T) {
	b := newBench(t, withPasskeys(), userpool.ClientSettings{})
	alice, bob, other := b.MustUser("alice"), b.MustUser("bob"), b.MustClient(userpool.ClientSettings{})
	d := b.device()
	options, err := b.SignIns.StartPasskey(t.Context(), b.Pool, b.c, alice)
	if err != nil {
		t.Fatal(err)
	}
	made := d.Create(options)
	add := func(c *userpool.Client, u *user.User, credential []byte) error {
		return b.SignIns.AddPasskey(t.Context(), b.Pool, c, u, credential)
	}
	wantErr(t, "somebody else", add(b.c, bob, made), passkey.ErrChallenge)
	wantErr(t, "another client", add(other, alice, made), signin.ErrPasskeyClient)
	d.Client = map[string]any{"challenge": "AAAA"}
	wantErr(t, "a challenge that is not ours", add(b.c, alice, d.Create(options)), passkey.ErrChallenge)
	d.Client = nil
	if keys := b.MustFind("alice").Security.Passkeys; len(keys) != 0 {
		t.Errorf("refused passkeys are kept: %+v", keys)
	}
	if err := add(b.c, alice, made); err != nil {
		t.Errorf("the right one: %v", err)
	}
	wantErr(t, "the same again", add(b.c, alice, made), passkey.ErrChallenge)
	wantErr(t, "the same passkey with a new challenge", b.register("alice", d), signin.ErrPasskeyExists)
	options, err = b.SignIns.StartPasskey(t.Context(), b.Pool, b.c, alice)
	if err != nil {
		t.Fatal(err)
	}
	b.Advance(5 * time.Minute)
	wantErr(t, "too late", add(b.c, alice, b.device().Create(options)), passkey.ErrChallenge)
	if keys := b.MustFind("alice").Security.Passkeys; len(keys) != 1 {
		t.Errorf("%d passkeys, want 1", len(keys))
	}
}

func TestPasskeysAreFewAndRemoved(t *testing.T) {
	b := newBench(t, withPasskeys(), userpool.ClientSettings{})
	alice := b.MustUser("alice")
	last, err := b.SignIns.StartPasskey(t.Context(), b.Pool, b.c, alice)
	if err != nil {
		t.Fatal(err)
	}
	d := b.mustRegister("alice")
	for range 19 {
		b.mustRegister("alice")
	}
	wantErr(t, "the 21st", b.register("alice", b.device()), signin.ErrTooManyPasskeys)
	wantErr(t, "the 21st, which was started early", b.SignIns.AddPasskey(t.Context(), b.Pool, b.c, alice, b.device().Create(last)), signin.ErrTooManyPasskeys)
	ch := b.asked("alice")
	if err := b.SignIns.RemovePasskey(t.Context(), alice, d.ID); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "remove it again", b.SignIns.RemovePasskey(t.Context(), alice, d.ID), signin.ErrPasskeyNotFound)
	if n := len(b.MustFind("alice").Security.Passkeys); n != 19 {
		t.Errorf("%d passkeys, want 19", n)
	}
	_, err = b.sign("alice", ch, d)
	wantErr(t, "sign with the one that was removed", err, passkey.ErrRefused)
}

func TestRelyingPartyOfThePool(t *testing.T) {
	pool := choosing(userpool.FirstPassword, userpool.FirstPasskey)
	b := newBench(t, pool, userpool.ClientSettings{})
	alice := b.MustUser("alice")
	rp := func() string {
		options, err := b.SignIns.StartPasskey(t.Context(), b.Pool, b.c, alice)
		if err != nil {
			return err.Error()
		}
		_, after, _ := strings.Cut(string(options), `"rp":{"id":"`)
		id, _, _ := strings.Cut(after, `"`)
		return id
	}
	if got := rp(); !strings.Contains(got, signin.ErrNoRelyingParty.Message) {
		t.Errorf("without a domain: %s, want %v", got, signin.ErrNoRelyingParty)
	}
	for _, d := range []userpool.Domain{{Name: "acme"}, {Name: "login.example.com", Custom: true}} {
		d.Pool = b.Pool.ID
		if _, err := b.Pools.CreateDomain(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		want := map[bool]string{false: "acme." + enginetest.DomainSuffix, true: "login.example.com"}[d.Custom]
		if got := rp(); got != want {
			t.Errorf("with the domain %s: %s, want %s", d.Name, got, want)
		}
	}
	off := newBench(t, userpool.Settings{}, userpool.ClientSettings{})
	off.MustUser("alice")
	wantErr(t, "a pool without passkeys", off.register("alice", off.device()), signin.ErrPasskeysOff)
}

// For a name that no user has, some passkeys are made up, and none signs in.
func TestUnknownNameHasAPasskey(t *testing.T) {
	b := newBench(t, withPasskeys(), hiding)
	found := 0
	for i := range 60 {
		name := fmt.Sprintf("ann%d", i)
		out, err := b.choose(name, "PREFERRED_CHALLENGE", signin.WebAuthn)
		if err != nil {
			t.Fatal(err)
		}
		if out.Challenge.Name != signin.WebAuthn {
			continue
		}
		found++
		again := b.asked(name)
		if list := func(ch *signin.Challenge) string {
			return strings.Split(ch.Parameters["CREDENTIAL_REQUEST_OPTIONS"], `"challenge"`)[0]
		}; list(again) != list(out.Challenge) || !strings.Contains(list(again), `"public-key"`) {
			t.Errorf("%s: %v, then %v", name, out.Challenge.Parameters, again.Parameters)
		}
		d := b.device()
		for _, device := range []*authenticator.Device{d, authenticator.Nobodys(t, "example.com", appOrigin)} {
			_, err = b.sign(name, again, device)
			wantErr(t, name, err, passkey.ErrRefused)
		}
	}
	if found == 0 || found == 60 {
		t.Errorf("%d of 60 unknown names have a passkey, want some", found)
	}
}
