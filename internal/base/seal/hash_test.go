package seal_test

import (
	"bytes"
	"encoding/hex"
	"testing"

	"gatehouse/internal/base/seal"
)

func TestHashIsSHA256(t *testing.T) {
	const want = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" // FIPS 180-2, B.1
	if got := hex.EncodeToString(seal.Hash("abc")); got != want {
		t.Errorf("Hash(abc) = %s, want %s", got, want)
	}
}

func TestMACDependsOnContextValueAndKey(t *testing.T) {
	s := newSealer(t)
	base := s.MAC("code:alice", "123456")
	if again := s.MAC("code:alice", "123456"); !bytes.Equal(base, again) {
		t.Errorf("MAC = %x, then %x for the same value, want the same", base, again)
	}
	others := map[string][]byte{
		"another value":    s.MAC("code:alice", "123457"),
		"another context":  s.MAC("code:bob", "123456"),
		"a moved boundary": s.MAC("code:alice1", "23456"),
		"another keyset":   newSealer(t).MAC("code:alice", "123456"),
		"a plain hash":     seal.Hash("123456"),
	}
	for name, other := range others {
		if bytes.Equal(base, other) {
			t.Errorf("%s gives the same MAC, want another MAC", name)
		}
	}
}

func BenchmarkMAC(b *testing.B) {
	s := newSealer(b)
	b.ReportAllocs()
	for b.Loop() {
		s.MAC("code:alice", "123456")
	}
}
