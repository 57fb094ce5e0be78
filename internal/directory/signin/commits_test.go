package signin_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// onDisk is a bench whose database is a file.
type onDisk struct {
	*bench
	wal string
}

func newOnDisk(t *testing.T, pool userpool.Settings, client userpool.ClientSettings) *onDisk {
	file := filepath.Join(t.TempDir(), "gatehouse.db")
	d := enginetest.Open(t, "sqlite://"+file, pool)
	return &onDisk{&bench{Directory: d, t: t, c: d.MustClient(client)}, file + "-wal"}
}

// commits returns how many transactions the write-ahead log of SQLite has. The last
// page of a transaction has the size of the database, and the others have 0.
// https://www.sqlite.org/fileformat2.html#the_write_ahead_log
func (b *onDisk) commits() (n int) {
	b.t.Helper()
	log, err := os.ReadFile(b.wal)
	if err != nil {
		b.t.Fatal(err)
	}
	salt, frame := string(log[16:24]), 24+int(binary.BigEndian.Uint32(log[8:12]))
	for at := 32; at+frame <= len(log) && string(log[at+8:at+16]) == salt; at += frame {
		if binary.BigEndian.Uint32(log[at+4:at+8]) != 0 {
			n++
		}
	}
	return n
}

// The last step of a sign-in is one commit, which waits for the disk once. SRP had two,
// and a code of an authenticator app three.
func TestTheLastStepCommitsOnce(t *testing.T) {
	plain := userpool.Settings{}
	rotating := userpool.ClientSettings{AuthFlows: []string{userpool.FlowUserPassword}, RefreshRotation: &userpool.RefreshRotation{On: true}}
	mfa := func(factor string) userpool.Settings { return withMFA(userpool.MFAOptional, factor) }
	tests := []struct {
		name   string
		pool   userpool.Settings
		client userpool.ClientSettings
		most   int
		// start takes all steps but the last one, which it returns.
		start func(*onDisk) func() (*signin.Outcome, error)
	}{
		{"password", plain, userpool.ClientSettings{}, 1, func(b *onDisk) func() (*signin.Outcome, error) {
			return func() (*signin.Outcome, error) { return b.password("alice", right) }
		}},
		{"password by choice", plain, userpool.ClientSettings{}, 1, func(b *onDisk) func() (*signin.Outcome, error) {
			return func() (*signin.Outcome, error) {
				return b.choose("alice", "PREFERRED_CHALLENGE", "PASSWORD", "PASSWORD", right.Reveal())
			}
		}},
		{"password, in an answer", plain, userpool.ClientSettings{}, 1, func(b *onDisk) func() (*signin.Outcome, error) {
			session := b.sentCode("alice", "PASSWORD").Session
			return func() (*signin.Outcome, error) {
				return b.respond("PASSWORD", session, "USERNAME", "alice", "PASSWORD", right.Reveal())
			}
		}},
		{"password, with the choice", plain, userpool.ClientSettings{}, 1, func(b *onDisk) func() (*signin.Outcome, error) {
			session := b.chosen()
			return func() (*signin.Outcome, error) {
				return b.respond(signin.SelectChallenge, session, "USERNAME", "alice", "ANSWER", "PASSWORD", "PASSWORD", right.Reveal())
			}
		}},
		{"SRP", plain, userpool.ClientSettings{}, 1, func(b *onDisk) func() (*signin.Outcome, error) {
			return b.startSRP("alice", right).answer
		}},
		{"a code of an app", mfa(user.SoftwareTokenMFA), userpool.ClientSettings{}, 1, func(b *onDisk) func() (*signin.Outcome, error) {
			secret := b.giveApp("alice")
			b.turnOn("alice", "", user.SoftwareTokenMFA)
			b.Advance(30 * time.Second)
			session := b.challenged(signin.SoftwareTokenMFA).Session
			return func() (*signin.Outcome, error) {
				return b.respond(signin.SoftwareTokenMFA, session, "USERNAME", "alice", "SOFTWARE_TOKEN_MFA_CODE", enginetest.TOTP(b.t, secret, b.Now()).Reveal())
			}
		}},
		{"a code by e-mail", mfa(user.EmailOTP), userpool.ClientSettings{}, 1, func(b *onDisk) func() (*signin.Outcome, error) {
			b.turnOn("alice", "", user.EmailOTP)
			session := b.challenged(signin.EmailOTP).Session
			return func() (*signin.Outcome, error) {
				return b.respond(signin.EmailOTP, session, "USERNAME", "alice", "EMAIL_OTP_CODE", b.MustCode(mail).Reveal())
			}
		}},
		{"a passkey that counts", withPasskeys(), userpool.ClientSettings{}, 1, func(b *onDisk) func() (*signin.Outcome, error) {
			d := b.mustRegister("alice")
			ch := b.asked("alice")
			return func() (*signin.Outcome, error) { return b.sign("alice", ch, d) }
		}},
		{"refresh", plain, userpool.ClientSettings{}, 0, func(b *onDisk) func() (*signin.Outcome, error) {
			refresh := b.signedIn().Tokens.Refresh
			return func() (*signin.Outcome, error) {
				return b.initiate("REFRESH_TOKEN_AUTH", "REFRESH_TOKEN", refresh.Reveal())
			}
		}},
		{"refresh with rotation", plain, rotating, 1, func(b *onDisk) func() (*signin.Outcome, error) {
			refresh := b.signedIn().Tokens.Refresh
			return func() (*signin.Outcome, error) {
				return b.renew(refresh)
			}
		}},
		// The new password is a change of its own.
		{"a new password", plain, userpool.ClientSettings{}, 2, func(b *onDisk) func() (*signin.Outcome, error) {
			b.MustInvite("bob")
			out, err := b.password("bob", right)
			session := wantChallenge(b.t, "temporary password", out, err, signin.NewPasswordRequired).Session
			return func() (*signin.Outcome, error) {
				return b.respond(signin.NewPasswordRequired, session, "USERNAME", "bob", "NEW_PASSWORD", "Other-Horse-8")
			}
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := newOnDisk(t, test.pool, test.client)
			b.MustUser("alice", "email", mail, "email_verified", "true")
			last := test.start(b)
			before := b.commits()
			out, err := last()
			if err != nil || out.Tokens == nil {
				t.Fatalf("got %+v, %v, want tokens", out, err)
			}
			if got := b.commits() - before; got > test.most {
				t.Errorf("the last step has %d commits, want at most %d", got, test.most)
			}
		})
	}
}

// A count that cannot see a second commit would let every flow pass.
func TestCommitsAreCounted(t *testing.T) {
	b := newOnDisk(t, userpool.Settings{}, userpool.ClientSettings{})
	before := b.commits()
	b.MustUser("alice")
	if b.commits() == before {
		t.Fatal("no commit is counted for a new user")
	}
	before = b.commits()
	b.signedIn()
	b.signedIn()
	if got := b.commits() - before; got != 2 {
		t.Errorf("two sign-ins have %d commits, want 2", got)
	}
}

// chosen begins a sign-in by choice and returns its session.
func (b *bench) chosen() seal.Secret {
	b.t.Helper()
	out, err := b.choose("alice")
	return wantChallenge(b.t, "USER_AUTH", out, err, signin.SelectChallenge).Session
}

// renew refreshes with a client that rotates its refresh tokens.
func (b *bench) renew(refresh seal.Secret) (*signin.Outcome, error) {
	b.t.Helper()
	tokens, err := b.Tokens.Refresh(b.t.Context(), b.c, token.RefreshInput{Pool: b.Pool, Token: refresh})
	return &signin.Outcome{Tokens: tokens}, err
}
