package remote

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/base/seal"
)

// asAccount makes a gateway pass with the token that it is given, and fails the test if
// it opens a browser.
func asAccount(t *testing.T, g *Gateway, token *seal.Secret) {
	t.Helper()
	g.Account = func() (seal.Secret, error) { return *token, nil }
	g.Open = nil
	t.Cleanup(func() {
		if _, err := os.Stat(g.Keep.Dir); !os.IsNotExist(err) {
			t.Errorf("got %v from the place of credentials, want nothing kept", err)
		}
	})
}

func TestATunnelPassesAsAServiceAccount(t *testing.T) {
	for _, before := range []int{0, 405} { // with a proxy in front: the second way
		tunnel, gateway := newTunnel(t)
		gateway.before = before
		token := seal.Secret("ghsa_first")
		asAccount(t, tunnel.Gateway, &token)
		gateway.known["ghsa_first"], gateway.known["ghsa_second"] = true, true
		for _, token = range []seal.Secret{"ghsa_first", "ghsa_second"} { // renewed meanwhile
			conn, err := tunnel.Dial(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			want(t, bufio.NewReader(conn), "WELCOME")
			conn.Close()
		}
		method := map[int]string{0: "CONNECT", 405: "GET"}[before]
		if want := []string{method + " redis.example.com:6379 Pomerium ghsa_first", method + " redis.example.com:6379 Pomerium ghsa_second"}; !slices.Equal(gateway.got, want) {
			t.Errorf("the gateway got %q, want %q", gateway.got, want)
		}
		if gateway.asked != 0 {
			t.Errorf("got %d sign-ins, want none", gateway.asked)
		}
	}
}

func TestAServiceAccountThatIsRefused(t *testing.T) {
	for _, tt := range []struct {
		status int
		body   string
		want   error
		says   string
	}{
		{0, "", ErrAccountRefused, "asks for a sign-in with a browser; check its token"}, // its token is not known
		{302, "", ErrAccountRefused, "asks for a sign-in with a browser; check its token"},
		{401, "The service account is not known, or has ended.", ErrAccountRefused, "or has ended."},
		{403, "You do not have access.", ErrAccountNotAllowed, "You do not have access."},
	} {
		tunnel, gateway := newTunnel(t)
		gateway.refuse, gateway.body = tt.status, tt.body
		token := seal.Secret("ghsa_secret")
		asAccount(t, tunnel.Gateway, &token)
		_, err := tunnel.Dial(t.Context())
		if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%d: got %v, want %v that says %q, without the token", tt.status, err, tt.want, tt.says)
		}
		if gateway.asked != 0 || len(gateway.got) != 1 {
			t.Errorf("%d: got %q and %d sign-ins, want one question and no sign-in", tt.status, gateway.got, gateway.asked)
		}
	}
}

// The program that serves ends when the account is revoked, and its connections too.
func TestServingEndsWithTheServiceAccount(t *testing.T) {
	tunnel, gateway := newTunnel(t)
	token := seal.Secret("ghsa_first")
	asAccount(t, tunnel.Gateway, &token)
	gateway.known["ghsa_first"] = true
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- tunnel.Serve(t.Context(), listener, func(error) {}) }()
	dial := func() net.Conn {
		conn, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return conn
	}
	open := dial()
	want(t, bufio.NewReader(open), "WELCOME")
	gateway.mu.Lock()
	clear(gateway.known)
	gateway.mu.Unlock()
	dial()
	if err := <-served; !errors.Is(err, ErrAccountRefused) {
		t.Errorf("got %v, want ErrAccountRefused", err)
	}
	_, _ = io.ReadAll(open) // ends
}

// A token that can't be read for a moment ends one connection, and no other.
func TestATokenThatCannotBeRead(t *testing.T) {
	tunnel, gateway := newTunnel(t)
	token := seal.Secret("")
	asAccount(t, tunnel.Gateway, &token)
	gone := errors.New("no token")
	tunnel.Account = func() (seal.Secret, error) { return "", gone }
	if _, err := tunnel.Dial(t.Context()); !errors.Is(err, gone) || len(gateway.got) != 0 {
		t.Errorf("got %v and %q, want no question to the gateway", err, gateway.got)
	}
	if _, err := tunnel.Credential(t.Context()); !errors.Is(err, gone) {
		t.Errorf("got %v, want the reason", err)
	}
}

func TestTheCredentialOfAServiceAccount(t *testing.T) {
	g, fake := newGateway(t)
	token := seal.Secret("ghsa_secret")
	asAccount(t, g, &token)
	c, err := g.Credential(t.Context())
	if err != nil || c.Token != token || !c.Expires.IsZero() || fake.asked != 0 {
		t.Errorf("got %v and the error %v after %d sign-ins, want the token of the account and none", c, err, fake.asked)
	}
	if said := fmt.Sprintf("%v %+v", c, c); strings.Contains(said, "secret") {
		t.Errorf("%s shows the token", said)
	}
}
