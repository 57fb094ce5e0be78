package seal_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/base/seal"
)

func newSealer(t testing.TB) *seal.Sealer {
	t.Helper()
	s, err := seal.New()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustSeal(t testing.TB, s *seal.Sealer, plain, context string) []byte {
	t.Helper()
	sealed, err := s.Seal([]byte(plain), context)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func TestSealAndOpen(t *testing.T) {
	s := newSealer(t)
	for _, plain := range []string{"", "x", strings.Repeat("long ", 1000)} {
		got, err := s.Open(mustSeal(t, s, plain, "a"), "a")
		if err != nil || string(got) != plain {
			t.Errorf("Open = %.20q, %v, want %.20q", got, err, plain)
		}
	}
}

func TestSealingTwiceGivesTwoResults(t *testing.T) {
	s := newSealer(t)
	if bytes.Equal(mustSeal(t, s, "x", "a"), mustSeal(t, s, "x", "a")) {
		t.Error("sealing a value twice gave the same bytes, which reveals equal secrets")
	}
}

func TestSealedValueOpensOnlyInItsContext(t *testing.T) {
	s := newSealer(t)
	sealed := mustSeal(t, s, "top", "client-secret:pool:a")
	text, err := s.SealText("top", "client-secret:pool:a")
	if err != nil {
		t.Fatal(err)
	}
	rawText, _ := base64.RawURLEncoding.DecodeString(text)
	var v string
	tests := []struct {
		name string
		open func() error
	}{
		{"another context", func() error { _, err := s.Open(sealed, "client-secret:pool:b"); return err }},
		{"no context", func() error { _, err := s.Open(sealed, ""); return err }},
		{"another keyset", func() error { _, err := newSealer(t).Open(sealed, "client-secret:pool:a"); return err }},
		{"a text as a value", func() error { _, err := s.Open(rawText, "client-secret:pool:a"); return err }},
		{"a value as a text", func() error {
			return s.OpenText(base64.RawURLEncoding.EncodeToString(sealed), "client-secret:pool:a", &v)
		}},
		{"a text with another context", func() error { return s.OpenText(text, "client-secret:pool:b", &v) }},
	}
	for _, tt := range tests {
		if err := tt.open(); !errors.Is(err, seal.ErrBroken) {
			t.Errorf("%s: error = %v, want %v", tt.name, err, seal.ErrBroken)
		}
	}
}

func TestChangedValueDoesNotOpen(t *testing.T) {
	s := newSealer(t)
	sealed := mustSeal(t, s, "top", "a")
	for i := range sealed {
		flipped := bytes.Clone(sealed)
		flipped[i] ^= 1 << (i % 8)
		if _, err := s.Open(flipped, "a"); !errors.Is(err, seal.ErrBroken) {
			t.Errorf("byte %d flipped: error = %v, want %v", i, err, seal.ErrBroken)
		}
		if _, err := s.Open(sealed[:i], "a"); !errors.Is(err, seal.ErrBroken) {
			t.Errorf("cut to %d bytes: error = %v, want %v", i, err, seal.ErrBroken)
		}
	}
	if _, err := s.Open(append(bytes.Clone(sealed), 0), "a"); !errors.Is(err, seal.ErrBroken) {
		t.Errorf("one byte more: error = %v, want %v", err, seal.ErrBroken)
	}
}

type state struct {
	User string
	Step int
}

func TestSealTextAndOpenText(t *testing.T) {
	s := newSealer(t)
	want := state{"alice", 3}
	text, err := s.SealText(want, "session")
	if err != nil {
		t.Fatal(err)
	}
	var got state
	if err := s.OpenText(text, "session", &got); err != nil || got != want {
		t.Errorf("OpenText = %+v, %v, want %+v", got, err, want)
	}
}

func TestSealedTextHasOneEncoding(t *testing.T) {
	s := newSealer(t)
	text, err := s.SealText(state{"alice", 3}, "session")
	if err != nil {
		t.Fatal(err)
	}
	for _, other := range []string{"", text + "\n", text[:4] + "\r\n" + text[4:], text + "=", text + "A", text[:len(text)-1], " " + text, text[:10]} {
		got := state{"before", 1}
		if err := s.OpenText(other, "session", &got); !errors.Is(err, seal.ErrBroken) {
			t.Errorf("OpenText(%q): error = %v, want %v", other, err, seal.ErrBroken)
		}
		if got != (state{"before", 1}) {
			t.Errorf("OpenText(%q) changed the target to %+v", other, got)
		}
	}
}

func TestSealedTextExpires(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s := newSealer(t)
	s.Now = func() time.Time { return now }
	text, err := s.SealTextUntil("x", "session", now.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		after time.Duration
		want  error
	}{
		{0, nil}, {time.Minute - time.Microsecond, nil}, {time.Minute, seal.ErrExpired}, {time.Hour, seal.ErrExpired},
	}
	start := now
	for _, tt := range tests {
		now = start.Add(tt.after)
		var v string
		if err := s.OpenText(text, "session", &v); !errors.Is(err, tt.want) {
			t.Errorf("after %v: error = %v, want %v", tt.after, err, tt.want)
		}
	}
}

func TestTextThatExpiredLongAgo(t *testing.T) {
	s := newSealer(t)
	text, err := s.SealTextUntil("x", "session", time.Unix(-5, 0))
	if err != nil {
		t.Fatal(err)
	}
	var v string
	if err := s.OpenText(text, "session", &v); !errors.Is(err, seal.ErrExpired) {
		t.Errorf("error = %v, want %v", err, seal.ErrExpired)
	}
}

func FuzzOpen(f *testing.F) {
	s := newSealer(f)
	sealed := mustSeal(f, s, "top", "a")
	f.Add(sealed)
	f.Add(sealed[:5])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		if got, err := s.Open(data, "a"); err == nil && !bytes.Equal(data, sealed) {
			t.Errorf("forged bytes were opened as %q, want an error", got)
		}
	})
}

func FuzzOpenText(f *testing.F) {
	s := newSealer(f)
	text, err := s.SealText(state{"alice", 3}, "session")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add(text + "\n")
	f.Add("")
	f.Add("AAAA")
	f.Fuzz(func(t *testing.T, other string) {
		var got state
		if err := s.OpenText(other, "session", &got); err == nil && other != text {
			t.Errorf("the forged text %q was opened as %+v, want an error", other, got)
		}
	})
}

func BenchmarkSealText(b *testing.B) {
	s := newSealer(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.SealText(state{"alice", 3}, "session"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpenText(b *testing.B) {
	s := newSealer(b)
	text, _ := s.SealText(state{"alice", 3}, "session")
	b.ReportAllocs()
	for b.Loop() {
		var v state
		if err := s.OpenText(text, "session", &v); err != nil {
			b.Fatal(err)
		}
	}
}
