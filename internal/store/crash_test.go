package store_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/store"
	"gatehouse/internal/testing/pgtest"
)

// crashVariable is an environment variable. If it is set, this test binary is
// the program that the test kills. Its value is the URL of the database.
const crashVariable = "GATEHOUSE_TEST_CRASH"

func TestMain(m *testing.M) {
	if url := os.Getenv(crashVariable); url != "" {
		fmt.Fprintln(os.Stderr, createUsersForever(url))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// createUsersForever creates users from several goroutines. It prints the sub of
// each user as soon as CreateUser has returned.
func createUsersForever(url string) error {
	ctx := context.Background()
	s, err := store.Open(ctx, url, store.Options{})
	if err != nil {
		return err
	}
	errs := make(chan error)
	var printing sync.Mutex
	for range 8 {
		go func() {
			for {
				sub := ids.UUID()
				if err := s.CreateUser(ctx, &user.User{Pool: "p", Sub: user.Sub(sub), Keys: []user.Key{{Kind: "username", Value: sub}}}, false); err != nil {
					errs <- err
				}
				printing.Lock()
				fmt.Println(sub)
				printing.Unlock()
			}
		}()
	}
	return <-errs
}

// A user whose creation was acknowledged is still there after a kill -9.
func TestAcknowledgedWritesSurviveAKill(t *testing.T) {
	for name, url := range map[string]string{
		"SQLite":     "sqlite://" + filepath.Join(t.TempDir(), "gatehouse.db"),
		"PostgreSQL": pgtest.URL(t),
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, url)
			must(t, s.CreatePool(t.Context(), &userpool.Pool{ID: "p"}))
			must(t, s.Close())
			for range 3 {
				acknowledged := killWriter(t, url)
				reopened := open(t, url)
				for _, sub := range acknowledged {
					if _, err := reopened.UserByKey(t.Context(), "p", sub); err != nil {
						t.Errorf("acknowledged user %s: %v", sub, err)
					}
				}
				must(t, reopened.Close())
			}
		})
	}
}

// killWriter starts the program, kills it after 200 users, and returns the subs
// that it has printed.
func killWriter(t *testing.T, url string) []string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), crashVariable+"="+url)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	var subs []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if subs = append(subs, lines.Text()); len(subs) == 200 {
			must(t, cmd.Process.Kill())
		}
	}
	cmd.Wait()
	if len(subs) < 200 {
		t.Fatalf("the program ended by itself after %d users, want 200", len(subs))
	}
	if last := subs[len(subs)-1]; len(last) != len(ids.UUID()) {
		subs = subs[:len(subs)-1] // the last line is not complete
	}
	return subs
}
