package signin_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// withRecovery returns a bench with alice, who has an app and codes by e-mail, of
// which the app is preferred, and her three recovery codes.
func withRecovery(t *testing.T) (*leveled, []seal.Secret) {
	t.Helper()
	pool := withLevels()
	pool.RecoveryCodes = 3
	b := newLeveled(t, pool)
	b.MustEdit("alice", func(u *user.User) { u.Attributes["email_verified"] = "true" })
	b.turnOn("alice", user.SoftwareTokenMFA, user.SoftwareTokenMFA, user.EmailOTP)
	codes, err := b.SignIns.NewRecoveryCodes(t.Context(), b.Pool, b.alice)
	if err != nil || len(codes) != 3 {
		t.Fatalf("%d codes, %v, want 3", len(codes), err)
	}
	return b, codes
}

// app answers the challenge for the app with any text.
func (b *leveled) appWith(text string) (*signin.Outcome, error) {
	b.t.Helper()
	out, err := b.begin()
	ch := wantChallenge(b.t, "password", out, err, user.SoftwareTokenMFA)
	if !out.Recoverable {
		b.t.Error("the challenge does not say that a recovery code is taken")
	}
	return b.respond(user.SoftwareTokenMFA, ch.Session, "USERNAME", "alice", "SOFTWARE_TOKEN_MFA_CODE", text)
}

func (b *leveled) left() int { return b.MustFind("alice").RecoveryCodesLeft(b.Pool) }

func TestSignInWithARecoveryCode(t *testing.T) {
	b, codes := withRecovery(t)
	b.Outbox.Clear()
	out, err := b.appWith(codes[0].Reveal())
	proof := said(t, "a code", out, err)
	wantProof(t, "a code", proof, "three", "pwd", "otp", "mfa")
	if !out.Proof.Recovered() || b.left() != 2 {
		t.Errorf("recovered %v, %d left, want 2", out.Proof.Recovered(), b.left())
	}
	sent := b.Outbox.Sent()
	if len(sent) != 1 || sent[0].To != mail || !strings.Contains(sent[0].Body.Reveal(), "2 of them are left") || strings.Contains(sent[0].Body.Reveal(), codes[0].Reveal()) {
		t.Errorf("sent %+v, want a notice to the owner", sent)
	}
	_, err = b.appWith(codes[0].Reveal())
	wantErr(t, "the same code again", err, signin.ErrTOTPCode)
	out, err = b.appWith(" " + strings.ToUpper(strings.ReplaceAll(codes[1].Reveal(), "-", " ")))
	said(t, "typed in another way", out, err)

	// It answers any second factor.
	b.turnOn("alice", user.EmailOTP, user.EmailOTP)
	out, err = b.begin()
	ch := wantChallenge(t, "password", out, err, user.EmailOTP)
	out, err = b.respond(user.EmailOTP, ch.Session, "USERNAME", "alice", "EMAIL_OTP_CODE", codes[2].Reveal())
	said(t, "for e-mail", out, err)
	if b.left() != 0 {
		t.Errorf("%d left, want none", b.left())
	}
	out, err = b.begin()
	wantChallenge(t, "no codes", out, err, user.EmailOTP)
	if out.Recoverable {
		t.Error("a user without codes can use one")
	}
}

// Wrong recovery codes lock recovery codes, and no other factor.
func TestWrongRecoveryCodesAreCounted(t *testing.T) {
	b, codes := withRecovery(t)
	for range 5 {
		_, err := b.appWith("aaaa-bbbb-cccc-dddd")
		wantErr(t, "wrong", err, signin.ErrTOTPCode)
	}
	_, err := b.appWith(codes[0].Reveal())
	wantErr(t, "in the lock", err, credential.ErrLocked)
	if b.left() != 3 {
		t.Errorf("%d left after refused codes, want 3", b.left())
	}
	out, err := b.begin()
	out, err = b.app(wantChallenge(t, "password", out, err, user.SoftwareTokenMFA))
	said(t, "the app", out, err)
}

// Of many uses of one code at once, one signs in.
func TestOneCodeAtOnce(t *testing.T) {
	b, codes := withRecovery(t)
	var sessions []seal.Secret
	for range 4 {
		out, err := b.begin()
		sessions = append(sessions, wantChallenge(t, "password", out, err, user.SoftwareTokenMFA).Session)
	}
	var wait sync.WaitGroup
	got := make([]error, len(sessions))
	for i, session := range sessions {
		wait.Go(func() {
			_, got[i] = b.SignIns.Answer(t.Context(), b.Pool, b.c, signin.Response{Challenge: user.SoftwareTokenMFA, Session: session, Answers: map[string]string{"USERNAME": "alice", "SOFTWARE_TOKEN_MFA_CODE": codes[0].Reveal()}})
		})
	}
	wait.Wait()
	right := 0
	for _, err := range got {
		if err == nil {
			right++
		} else if fault.As(err) == nil {
			t.Errorf("refused with %v", err)
		}
	}
	if right != 1 || b.left() != 2 {
		t.Errorf("%d signed in, %d codes left; want 1 and 2", right, b.left())
	}
}

// A recovery code is no first factor, sets none up, and does not reach the level of an
// app; nor does it work for somebody else, or where the pool has none.
func TestWhereNoRecoveryCodeIsTaken(t *testing.T) {
	b, codes := withRecovery(t)
	b.turnOn("alice", user.SMSMFA, user.SMSMFA)
	out, err := b.begin("TARGET_ACR_VALUES", "four")
	ch := wantChallenge(t, "four", out, err, user.SoftwareTokenMFA)
	if out.Recoverable {
		t.Error("a recovery code is offered for the highest level")
	}
	_, err = b.respond(user.SoftwareTokenMFA, ch.Session, "USERNAME", "alice", "SOFTWARE_TOKEN_MFA_CODE", codes[0].Reveal())
	wantErr(t, "four", err, signin.ErrTOTPCode)

	b.MustUser("bob", "email", "bob@example.com")
	b.giveApp("bob")
	b.turnOn("bob", user.SoftwareTokenMFA, user.SoftwareTokenMFA)
	bob := b.MustFind("bob")
	if _, err := b.SignIns.NewRecoveryCodes(t.Context(), b.Pool, bob); err != nil {
		t.Fatal(err)
	}
	out, err = b.password("bob", right)
	ch = wantChallenge(t, "bob", out, err, user.SoftwareTokenMFA)
	_, err = b.respond(user.SoftwareTokenMFA, ch.Session, "USERNAME", "bob", "SOFTWARE_TOKEN_MFA_CODE", codes[0].Reveal())
	wantErr(t, "somebody else's", err, signin.ErrTOTPCode)

	b.turnOn("alice", user.SoftwareTokenMFA, user.SoftwareTokenMFA)
	out, err = b.begin()
	ch = wantChallenge(t, "password", out, err, user.SoftwareTokenMFA)
	if _, err := b.Pools.UpdatePool(t.Context(), b.Pool.ID, func(p *userpool.Pool) error { p.Settings.RecoveryCodes = 0; return nil }); err != nil {
		t.Fatal(err)
	}
	b.Pool, err = b.Pools.Pool(t.Context(), b.Pool.ID)
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.respond(user.SoftwareTokenMFA, ch.Session, "USERNAME", "alice", "SOFTWARE_TOKEN_MFA_CODE", codes[0].Reveal())
	wantErr(t, "a pool without", err, signin.ErrTOTPCode)
	if _, err := b.SignIns.NewRecoveryCodes(t.Context(), b.Pool, b.alice); !errors.Is(err, user.ErrRecoveryOff) {
		t.Errorf("a pool without: %v, want %v", err, user.ErrRecoveryOff)
	}
}

func TestNewRecoveryCodes(t *testing.T) {
	b, old := withRecovery(t)
	b.Advance(time.Second)
	fresh, err := b.SignIns.NewRecoveryCodes(t.Context(), b.Pool, b.alice)
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.appWith(old[0].Reveal())
	wantErr(t, "an old code", err, signin.ErrTOTPCode)
	out, err := b.appWith(fresh[0].Reveal())
	said(t, "a new code", out, err)
	kept := b.MustFind("alice").Security.RecoveryCodes
	for _, code := range append(old, fresh...) {
		for _, hash := range kept.Hashes {
			if strings.Contains(string(hash), strings.ReplaceAll(code.Reveal(), "-", "")) {
				t.Error("a code is kept as it is")
			}
		}
	}
	b.MustUser("carol")
	if _, err := b.SignIns.NewRecoveryCodes(t.Context(), b.Pool, b.MustFind("carol")); !errors.Is(err, user.ErrRecoveryOff) || b.MustFind("carol").Security.RecoveryCodes != nil {
		t.Errorf("without a second factor: %v", err)
	}
}

func TestWhoLacksRecoveryCodes(t *testing.T) {
	b, _ := withRecovery(t)
	alice := b.MustFind("alice")
	if signin.LacksRecoveryCodes(b.Pool, alice, token.Proof{AMR: []string{"pwd", "otp", "mfa"}}) {
		t.Error("alice has codes")
	}
	alice.Security.RecoveryCodes = nil
	for amr, want := range map[string]bool{"pwd": false, "pwd otp mfa": true, "pwd recovery mfa": false} {
		if got := signin.LacksRecoveryCodes(b.Pool, alice, token.Proof{AMR: strings.Fields(amr)}); got != want {
			t.Errorf("after %s: %v, want %v", amr, got, want)
		}
	}
	alice.Security.MFA = user.MFA{}
	if signin.LacksRecoveryCodes(b.Pool, alice, token.Proof{AMR: []string{"swk"}}) {
		t.Error("somebody without a second factor is to get codes")
	}
}
