package session

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/identity"
)

// BenchmarkSessionMemory reports the live memory of a session that a node has in use, with
// the claims and the tokens of a Cognito pool: of a usual one, and of one whose tokens a
// route sends.
func BenchmarkSessionMemory(b *testing.B) {
	for name, sends := range map[string]bool{"usual": false, "tokensSent": true} {
		b.Run(name, func(b *testing.B) {
			const sessions = 5_000
			for b.Loop() {
				b.ReportMetric(float64(memoryOfSessions(b, sessions, sends))/sessions, "B/session")
			}
		})
	}
}

// memoryOfSessions returns the live memory of n sessions in use.
func memoryOfSessions(b *testing.B, n int, sends bool) int64 {
	box, err := seal.NewBox([]byte("0123456789abcdef0123456789abcdef"), "sessions")
	if err != nil {
		b.Fatal(err)
	}
	store := &MemoryStore{}
	m, err := NewManager(Config{Store: store, Box: box})
	if err != nil {
		b.Fatal(err)
	}
	defer m.Close()
	handles := make([]seal.Secret, n)
	for i := range handles {
		if handles[i], _, err = m.Create(b.Context(), cognitoSignIn(i)); err != nil {
			b.Fatal(err)
		}
	}
	before := liveBytes()
	for _, handle := range handles {
		s, err := m.Get(b.Context(), handle)
		if err == nil && sends {
			_, err = m.Tokens(b.Context(), s)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	after := liveBytes()
	runtime.KeepAlive(handles)
	return after - before
}

func liveBytes() int64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// cognitoSignIn is a sign-in of the i-th person with the claims of a Cognito pool, and
// with tokens as long as its.
func cognitoSignIn(i int) SignIn {
	in := alice()
	sub := fmt.Sprintf("8d2c5a4e-0b7f-4f39-9a51-%012d", i)
	in.Subject, in.ProviderSession = sub, "o"+sub
	in.Identity = identity.FromClaims(map[string]any{
		"sub": sub, "iss": "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Staff0001", "aud": "6f0bk5ltm9mlvqk1sjd3a3p8vq",
		"cognito:username": sub, "cognito:groups": []any{"staff", "engineering", "on-call"}, "email": fmt.Sprintf("person%d@example.com", i), "email_verified": true,
		"name": fmt.Sprintf("Person %d", i), "given_name": "Person", "family_name": fmt.Sprint(i), "token_use": "id", "auth_time": 1764000000, "iat": 1764000000, "exp": 1764003600,
		"jti": "j" + sub, "origin_jti": "o" + sub, "event_id": "e" + sub, "at_hash": "yVGN5sXnUkpuUsQMuJzMhw", "nonce": "n" + sub,
	}, false)
	in.Tokens.ID = seal.Secret(strings.Repeat("i", 1_100))
	in.Tokens.Access = seal.Secret(strings.Repeat("a", 1_050))
	in.Tokens.Refresh = seal.Secret(strings.Repeat("r", 1_750))
	return in
}
