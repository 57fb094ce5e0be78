package signin_test

import (
	"encoding/base64"
	"errors"
	"testing"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/srp"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

const right = enginetest.Password

// bench is a directory with a client, for tests that sign in.
type bench struct {
	*enginetest.Directory
	t *testing.T
	c *userpool.Client
}

func newBench(t *testing.T, pool userpool.Settings, client userpool.ClientSettings) *bench {
	d := enginetest.New(t, pool)
	return &bench{Directory: d, t: t, c: d.MustClient(client)}
}

// hiding are the settings of a client that hides whether users exist.
var hiding = userpool.ClientSettings{HideUserExistence: true}

func (b *bench) initiate(flow string, parameters ...string) (*signin.Outcome, error) {
	b.t.Helper()
	return b.SignIns.Initiate(b.t.Context(), b.Pool, b.c, signin.Initiation{
		Flow: flow, Parameters: enginetest.Pairs(parameters...), Admin: flow == "ADMIN_USER_PASSWORD_AUTH" || flow == "ADMIN_NO_SRP_AUTH",
	})
}

func (b *bench) password(name string, password seal.Secret) (*signin.Outcome, error) {
	b.t.Helper()
	return b.initiate("USER_PASSWORD_AUTH", "USERNAME", name, "PASSWORD", password.Reveal())
}

func (b *bench) respond(challenge string, session seal.Secret, answers ...string) (*signin.Outcome, error) {
	b.t.Helper()
	return b.SignIns.Respond(b.t.Context(), b.Pool, b.c, signin.Response{Challenge: challenge, Session: session, Answers: enginetest.Pairs(answers...)})
}

// proof is an SRP sign-in between its two messages.
type proof struct {
	b       *bench
	client  *srp.Client
	asked   map[string]string
	answers map[string]string
}

// startSRP sends SRP_A.
func (b *bench) startSRP(name string, password seal.Secret) *proof {
	b.t.Helper()
	client := &srp.Client{PoolName: b.Pool.ID.Name(), Password: password.Reveal()}
	a, err := client.SRPA()
	if err != nil {
		b.t.Fatal(err)
	}
	out, err := b.initiate("USER_SRP_AUTH", "USERNAME", name, "SRP_A", a)
	if err != nil {
		b.t.Fatalf("USER_SRP_AUTH of %s: %v", name, err)
	}
	if out.Challenge == nil || out.Challenge.Name != signin.PasswordVerifier {
		b.t.Fatalf("USER_SRP_AUTH of %s: challenge %+v, want %s", name, out.Challenge, signin.PasswordVerifier)
	}
	p := &proof{b: b, client: client, asked: out.Challenge.Parameters}
	p.sign(b.Now())
	return p
}

// sign makes the answer to the challenge, with that time.
func (p *proof) sign(at time.Time) {
	p.b.t.Helper()
	block, err := base64.StdEncoding.DecodeString(p.asked["SECRET_BLOCK"])
	if err != nil {
		p.b.t.Fatal(err)
	}
	p.client.UserID = p.asked["USER_ID_FOR_SRP"]
	claim, err := p.client.Prove(p.asked["SALT"], p.asked["SRP_B"], block, at)
	if err != nil {
		p.b.t.Fatal(err)
	}
	p.answers = enginetest.Pairs("USERNAME", p.client.UserID, "PASSWORD_CLAIM_SECRET_BLOCK", p.asked["SECRET_BLOCK"],
		"PASSWORD_CLAIM_SIGNATURE", claim.Signature, "TIMESTAMP", claim.Timestamp)
}

// answer sends the proof.
func (p *proof) answer() (*signin.Outcome, error) {
	return p.b.SignIns.Respond(p.b.t.Context(), p.b.Pool, p.b.c, signin.Response{Challenge: signin.PasswordVerifier, Answers: p.answers})
}

// wantErr fails the test unless got is want, with its text.
func wantErr(t *testing.T, what string, got error, want *fault.Error) {
	t.Helper()
	if !errors.Is(got, want) || fault.As(got).Code != want.Code {
		t.Errorf("%s: error %v, want %v", what, got, want)
	} else if fault.As(got).Message != want.Message {
		t.Errorf("%s: text %q, want %q", what, fault.As(got).Message, want.Message)
	}
}

// wantTokens fails the test unless out is a completed sign-in of that user.
func wantTokens(t *testing.T, what string, out *signin.Outcome, err error, u *user.User) {
	t.Helper()
	switch {
	case err != nil:
		t.Errorf("%s: %v, want tokens", what, err)
	case out.Tokens == nil:
		t.Errorf("%s: challenge %+v, want tokens", what, out.Challenge)
	case out.Tokens.User.Sub != u.Sub || out.Tokens.Access == "" || out.Tokens.ID == "":
		t.Errorf("%s: tokens of %s, want an ID and an access token of %s", what, out.Tokens.User.Sub, u.Sub)
	}
}

// wantChallenge fails the test unless out asks that challenge, and returns it.
func wantChallenge(t *testing.T, what string, out *signin.Outcome, err error, name string) *signin.Challenge {
	t.Helper()
	if err != nil || out.Challenge == nil || out.Challenge.Name != name {
		t.Fatalf("%s: %+v, %v, want challenge %s", what, out, err, name)
	}
	return out.Challenge
}
