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

// BenchmarkNewServer measures the server's first step. It is the same work for a
// name that no user has.
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

// BenchmarkVerify measures the server's second step.
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
