package srp_test

import (
	"testing"

	"gatehouse/internal/directory/srp"
)

func BenchmarkNewVerifier(b *testing.B) {
	verifier(b, "warm")
	b.ReportAllocs()
	for b.Loop() {
		verifier(b, "right")
	}
}

func BenchmarkCheck(b *testing.B) {
	v := verifier(b, "right")
	b.ReportAllocs()
	for b.Loop() {
		if !v.Check("pool", "alice", "right") {
			b.Fatal("refused")
		}
	}
}

// BenchmarkNewServer is the server's first step, of which unknown users cost
// as much as known ones.
func BenchmarkNewServer(b *testing.B) {
	v := verifier(b, "right")
	A, err := (&srp.Client{PoolName: "pool", UserID: "alice", Password: "right"}).SRPA()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := srp.NewServer(v, A); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkVerify is the server's second step.
func BenchmarkVerify(b *testing.B) {
	v := verifier(b, "right")
	server, claim := exchange(b, v, "right")
	b.ReportAllocs()
	for b.Loop() {
		if !server.Verify(v, claim) {
			b.Fatal("refused")
		}
	}
}
