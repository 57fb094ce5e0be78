package store_test

import (
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/store"
)

// openOnDisk opens a SQLite database with the settings of production and creates
// a pool with n users.
func openOnDisk(b *testing.B, n int) *store.Store {
	b.Helper()
	return openFilled(b, "sqlite://"+filepath.Join(b.TempDir(), "gatehouse.db"), n)
}

// openFilled opens the database at url and creates a pool with n users.
func openFilled(b *testing.B, url string, n int) *store.Store {
	b.Helper()
	s := open(b, url)
	must(b, s.CreatePool(b.Context(), &userpool.Pool{ID: "p"}))
	var next atomic.Int64
	done := make(chan error)
	const writers = 64
	for range writers {
		go func() {
			for {
				i := int(next.Add(1))
				if i > n {
					done <- nil
					return
				}
				if err := s.CreateUser(b.Context(), numberedUser(i), false); err != nil {
					done <- err
					return
				}
			}
		}()
	}
	for range writers {
		must(b, <-done)
	}
	return s
}

func numberedUser(i int) *user.User {
	name := fmt.Sprintf("user%07d", i)
	mail := name + "@example.com"
	return &user.User{
		Pool: "p", Sub: user.Sub(ids.UUID()), Username: name, Status: user.Confirmed, Enabled: true,
		Attributes: map[string]string{"email": mail, "email_verified": "true", "given_name": "Alice", "family_name": "Example"},
		Password:   &user.Password{Salt: make([]byte, 16), Sealed: make([]byte, 430)},
		Keys:       []user.Key{{Kind: "username", Value: name}, {Kind: "email", Value: mail}},
		Search:     map[string]string{"email": mail, "given_name": "alice", "family_name": "example"},
	}
}

const benchUsers = 10_000

func BenchmarkCreateUserDurable(b *testing.B) {
	s := openOnDisk(b, benchUsers)
	i := benchUsers
	b.ReportAllocs()
	for b.Loop() {
		i++
		must(b, s.CreateUser(b.Context(), numberedUser(i), false))
	}
}

func BenchmarkCreateUserDurableConcurrent(b *testing.B) {
	s := openOnDisk(b, benchUsers)
	var i atomic.Int64
	i.Store(benchUsers)
	b.ReportAllocs()
	b.SetParallelism(16)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			must(b, s.CreateUser(b.Context(), numberedUser(int(i.Add(1))), false))
		}
	})
}

func BenchmarkUserByKey(b *testing.B) {
	for name, url := range engines {
		b.Run(name, func(b *testing.B) {
			s := openFilled(b, url(b), benchUsers)
			i := 0
			b.ReportAllocs()
			for b.Loop() {
				i = i*7%benchUsers + 1
				_, err := s.UserByKey(b.Context(), "p", fmt.Sprintf("user%07d", i))
				must(b, err)
			}
		})
	}
}

func BenchmarkUsersPage(b *testing.B) {
	for _, c := range []struct {
		name string
		q    user.Query
	}{
		{"All", user.Query{Limit: 60}},
		{"EmailPrefix", user.Query{Attribute: "email", Value: "user00", Prefix: true, Limit: 60}},
		{"EmailEqual", user.Query{Attribute: "email", Value: "user0000042@example.com", Limit: 60}},
	} {
		b.Run(c.name, func(b *testing.B) {
			s := openOnDisk(b, benchUsers)
			b.ReportAllocs()
			for b.Loop() {
				_, _, err := s.Users(b.Context(), "p", c.q)
				must(b, err)
			}
		})
	}
}

func BenchmarkPool(b *testing.B) {
	s := openOnDisk(b, 0)
	b.ReportAllocs()
	for b.Loop() {
		_, err := s.Pool(b.Context(), "p")
		must(b, err)
	}
}
