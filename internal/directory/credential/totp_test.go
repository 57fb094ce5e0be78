package credential

import (
	"encoding/base32"
	"errors"
	"testing"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/user"
)

// RFC 6238 appendix B, the rows of SHA-1, which have eight digits there.
func TestTOTPVectors(t *testing.T) {
	secret := []byte("12345678901234567890")
	for unix, want := range map[int64]string{
		59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130",
	} {
		if got := totp(secret, unix/30); got != want[2:] {
			t.Errorf("code at %d: %s, want %s", unix, got, want[2:])
		}
	}
}

// RFC 4226 appendix D.
func TestHOTPVectors(t *testing.T) {
	want := []string{"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"}
	for counter, code := range want {
		if got := totp([]byte("12345678901234567890"), int64(counter)); got != code {
			t.Errorf("code %d: %s, want %s", counter, got, code)
		}
	}
}

func newTOTPBench(t *testing.T) (*Engine, *user.User, *user.TOTP, []byte) {
	t.Helper()
	sealer, err := seal.New()
	if err != nil {
		t.Fatal(err)
	}
	e := &Engine{Sealer: sealer, Now: func() time.Time { return time.Unix(1_800_000_015, 0) }}
	u := &user.User{Pool: "us-east-1_Test00001", Sub: "3f6c1a52-0000-4000-8000-000000000001"}
	kept, text, err := e.NewTOTP(u)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(text.Reveal())
	if err != nil || len(secret) != 32 || len(text.Reveal()) != 52 {
		t.Fatalf("secret %d bytes of %d characters, %v; want 32 of 52", len(secret), len(text.Reveal()), err)
	}
	return e, u, kept, secret
}

func TestTOTPStepTakesACodeOneStepOff(t *testing.T) {
	e, u, kept, secret := newTOTPBench(t)
	now := e.Now().Unix() / 30
	for off, want := range map[int64]int64{-2: 0, -1: now - 1, 0: now, 1: now + 1, 2: 0} {
		if got, err := e.TOTPStep(u, kept, seal.Secret(totp(secret, now+off))); got != want || err != nil {
			t.Errorf("code %d steps off: step %d, %v; want %d", off, got, err, want)
		}
	}
	for _, code := range []string{"", "12345", "1234567", "abcdef", totp(secret, now) + " "} {
		if got, err := e.TOTPStep(u, kept, seal.Secret(code)); got != 0 || err != nil {
			t.Errorf("code %q: step %d, %v; want 0", code, got, err)
		}
	}
}

func TestUsedTOTPIsRefusedInItsWindow(t *testing.T) {
	e, u, kept, secret := newTOTPBench(t)
	now := e.Now().Unix() / 30
	kept.Used = now
	for _, off := range []int64{-1, 0} {
		if got, err := e.TOTPStep(u, kept, seal.Secret(totp(secret, now+off))); got != 0 || !errors.Is(err, ErrTOTPUsed) {
			t.Errorf("code %d steps off after its step was used: step %d, %v; want %v", off, got, err, ErrTOTPUsed)
		}
	}
	if got, err := e.TOTPStep(u, kept, seal.Secret(totp(secret, now+1))); got != now+1 || err != nil {
		t.Errorf("code of the next step: step %d, %v; want %d", got, err, now+1)
	}
}

func TestTOTPOfAnotherUserDoesNotOpen(t *testing.T) {
	e, u, kept, secret := newTOTPBench(t)
	other := &user.User{Pool: u.Pool, Sub: "3f6c1a52-0000-4000-8000-000000000002"}
	if got, err := e.TOTPStep(other, kept, seal.Secret(totp(secret, e.Now().Unix()/30))); got != 0 || !errors.Is(err, seal.ErrBroken) {
		t.Errorf("the app of another user: step %d, %v; want %v", got, err, seal.ErrBroken)
	}
}

func TestSentCodeProvesTheValueThatItWasSentTo(t *testing.T) {
	e, u, _, _ := newTOTPBench(t)
	u.Attributes = map[string]string{"email": "alice@example.com"}
	code, mac := e.NewSentCode(u, "email", 6)
	if len(code.Reveal()) != 6 || !e.SentCodeMatches(u, "email", code, mac) {
		t.Errorf("code %q does not match its own hash", code.Reveal())
	}
	other := *u
	other.Attributes = map[string]string{"email": "mallory@example.com"}
	if e.SentCodeMatches(&other, "email", code, mac) || e.SentCodeMatches(u, "phone_number", code, mac) || e.SentCodeMatches(u, "email", code+"0", mac) {
		t.Error("the code matches for another address, another attribute or with another digit")
	}
}
