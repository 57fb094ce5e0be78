package e2e

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/net/websocket"

	"gatehouse/internal/base/web"
)

// TestWebsocket opens websockets through the gateway. This must work only with
// the session of a browser, and only if the route allows it.
func TestWebsocket(t *testing.T) {
	t.Parallel()
	up := httptest.NewServer(websocket.Server{Handler: echoSocket})
	t.Cleanup(up.Close)
	s := newSystem(t, sqlite(t), fmt.Sprintf(`
  - from: https://app.{host}
    to: %[1]s
    allow_websockets: true
    allowed_idp_claims: {cognito:groups: [admins]}
  - from: https://plain.{host}
    to: %[1]s
    allowed_idp_claims: {cognito:groups: [admins]}
`, up.URL), "")
	alice := s.signedIn(t, "alice", alicePassword)
	const cookie = "__Host-_pomerium"
	session := cookie + "=" + alice.Cookie(s.app+"/", cookie)

	conn, err := s.dial(t, "app", session)
	if err != nil {
		t.Fatalf("open a websocket: %v", err)
	}
	defer conn.Close()
	for _, said := range []string{"hello", strings.Repeat("long ", 20000)} {
		var heard string
		if err := websocket.Message.Send(conn, said); err != nil {
			t.Fatal(err)
		}
		if err := websocket.Message.Receive(conn, &heard); err != nil || heard != "alice@example.com: "+said {
			t.Fatalf("received %.40q (error %v), want a message that starts with alice@example.com and %.20q", heard, err, said)
		}
	}

	for name, headers := range map[string][2]string{
		"no session":      {"app", ""},
		"a forged cookie": {"app", session[:len(session)-4] + "AAAA"},
		"not allowed":     {"plain", session},
	} {
		if conn, err := s.dial(t, headers[0], headers[1]); err == nil {
			conn.Close()
			t.Errorf("%s: the websocket was opened, want a refusal", name)
		}
	}
}

// TestWebsocketOfAnotherPage opens websockets with the cookie of a person, as a
// script of another site's page can.
func TestWebsocketOfAnotherPage(t *testing.T) {
	t.Parallel()
	up := httptest.NewServer(websocket.Server{Handler: echoSocket})
	t.Cleanup(up.Close)
	s := newSystem(t, sqlite(t), fmt.Sprintf(`
  - from: https://app.{host}
    to: %s
    allow_websockets: true
    allowed_websocket_origins: [https://console.example.com]
    allow_any_authenticated_user: true
`, up.URL), "")
	alice := s.signedIn(t, "alice", alicePassword)
	const cookie = "__Host-_pomerium"
	session := cookie + "=" + alice.Cookie(s.app+"/", cookie)
	for page, want := range map[string]bool{"https://console.example.com": true, "https://evil.example.com": false} {
		conn, err := s.dialFrom(t, page, "app", session)
		if err == nil {
			conn.Close()
		}
		if opened := err == nil; opened != want {
			t.Errorf("a page of %s: opened %t (%v), want %t", page, opened, err, want)
		}
	}
}

// echoSocket sends each message back, with the e-mail address of the user that
// the gateway has passed on.
func echoSocket(conn *websocket.Conn) {
	for {
		var heard string
		if websocket.Message.Receive(conn, &heard) != nil {
			return
		}
		if websocket.Message.Send(conn, conn.Request().Header.Get("X-Email")+": "+heard) != nil {
			return
		}
	}
}

// dial opens a websocket at a host of the gateway, as a page of that host does.
func (s *system) dial(t *testing.T, host, cookie string) (*websocket.Conn, error) {
	t.Helper()
	return s.dialFrom(t, fmt.Sprintf("https://%s.localhost:%d", host, s.port), host, cookie)
}

// dialFrom is dial for a page of any origin.
func (s *system) dialFrom(t *testing.T, page, host, cookie string) (*websocket.Conn, error) {
	t.Helper()
	address := fmt.Sprintf("%s.localhost:%d", host, s.port)
	config, err := websocket.NewConfig("wss://"+address+"/", page)
	if err != nil {
		t.Fatal(err)
	}
	if cookie != "" {
		config.Header = http.Header{"Cookie": {cookie}}
	}
	raw, err := web.NewTransport().DialContext(bounded(t), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	conn := tls.Client(raw, &tls.Config{ServerName: host + ".localhost", RootCAs: suite.authority.pool, NextProtos: []string{"http/1.1"}})
	socket, err := websocket.NewClient(config, conn)
	if err != nil {
		conn.Close()
	}
	return socket, err
}
