package e2e

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"golang.org/x/net/websocket"

	"gatehouse/internal/testing/browser"
)

// TestASessionEndsAtEveryNode ends sessions at one of two nodes, in each of the ways
// that there are. What they have open at the other node is cut within a second, and
// nothing of anybody else.
func TestASessionEndsAtEveryNode(t *testing.T) {
	onBoth(t, func(t *testing.T, db database) {
		s := newSystem(t, db(t), fmt.Sprintf(`
  - {from: "https://app.{host}", to: %s, allow_websockets: true, timeout: 0s, policy: [{allow: {or: [{authenticated_user: true}]}}]}
  - {from: "tcp+https://tcp.localhost:22", to: "tcp://%s", policy: [{allow: {or: [{authenticated_user: true}]}}]}
`, newLive(t), newEcho(t)), "")
		there := s.secondNode(t)
		sdk := newSDK(t, s.url, s.accessKey(t))
		alice := func() caller { return s.person(t, "alice", alicePassword) }
		stays := there.opens(t, s.person(t, "bob", bobPassword))
		for _, tt := range []struct {
			name string
			who  func() caller
			end  func(caller)
		}{
			{"a sign-out", alice, func(c caller) { c.browser.Open(s.app + "/.pomerium/sign_out").Want(http.StatusOK) }},
			{"sessions revoke", alice, func(caller) {
				command(t, nil, "sessions", "revoke", "--config", s.config, "--person", "alice@example.com")
			}},
			{"keys revoke", func() caller { return s.serviceAccount(t) }, func(c caller) {
				command(t, nil, "keys", "revoke", "--config", s.config, c.key)
			}},
			{"a user who is disabled", alice, func(caller) {
				if _, err := sdk.AdminDisableUser(bounded(t), &cognito.AdminDisableUserInput{UserPoolId: aws.String(staffPool), Username: aws.String("alice")}); err != nil {
					t.Fatal(err)
				}
			}},
		} {
			who := tt.who()
			open := there.opens(t, who)
			tt.end(who)
			ended := time.Now()
			for kind, conn := range open {
				if _, err := io.Copy(io.Discard, conn); os.IsTimeout(err) {
					t.Errorf("%s: %s is still open", tt.name, kind)
				}
			}
			took := time.Since(ended).Round(time.Millisecond)
			t.Logf("%s: everything was cut after %v", tt.name, took)
			if took > 5*time.Second {
				t.Errorf("%s: that took %v, want a second, and some more on a busy machine", tt.name, took)
			}
			if got := there.status(t, who); got != http.StatusFound && got != http.StatusUnauthorized {
				t.Errorf("%s: the next request got %d, want a refusal", tt.name, got)
			}
		}
		for _, kind := range []string{"a websocket", "a tunnel"} {
			if err := echoes(stays[kind]); err != nil {
				t.Errorf("%s of somebody else: %v", kind, err)
			}
		}
	})
}

// newLive returns the URL of an application that holds connections open: a websocket
// that answers what it gets, and a stream of one event.
func newLive(t *testing.T) string {
	mux := http.NewServeMux()
	mux.Handle("/socket", websocket.Server{Handler: func(conn *websocket.Conn) { io.Copy(conn, conn) }})
	mux.HandleFunc("/events", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		io.WriteString(w, "data: hello\n\n")
		http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	mux.HandleFunc("/", echo)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

// caller is somebody who passes the gateway.
type caller struct {
	app, tcp string // the header that shows who it is, at the application and for a tunnel
	browser  *browser.Browser
	key      string // id of the key of a service account
}

// person signs in with a browser, and with a program for the tunnel.
func (s *system) person(t *testing.T, username, password string) caller {
	t.Helper()
	b := s.signedIn(t, username, password)
	login := fmt.Sprintf("https://tcp.localhost:%d/.pomerium/api/v1/login?pomerium_redirect_uri=%s", s.port, url.QueryEscape(appCallback))
	back := b.Until(toApplication).Open(get(t, login).body).Location()
	if back == nil || back.Query().Get("pomerium_jwt") == "" {
		t.Fatalf("the program of %s got no credential: %v", username, back)
	}
	const cookie = "__Host-_pomerium"
	return caller{"Cookie: " + cookie + "=" + b.Cookie(s.app+"/", cookie), "Authorization: Pomerium " + back.Query().Get("pomerium_jwt"), b, ""}
}

func (s *system) serviceAccount(t *testing.T) caller {
	t.Helper()
	token, key := newServiceAccount(t, s.config, "robot")
	return caller{"Authorization: Bearer " + token, "Authorization: Bearer " + token, nil, key}
}

// secondNode is another process on the database of a directory.
type secondNode struct {
	*process
	port int
	of   *directory
}

// secondNode starts another process for a directory, at a port of its own.
func (d *directory) secondNode(t *testing.T) secondNode {
	t.Helper()
	file, err := os.ReadFile(d.config)
	if err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	config := writeFile(t, "second.yaml", strings.Replace(string(file), fmt.Sprintf("address: 127.0.0.1:%d", d.port), fmt.Sprintf("address: 127.0.0.1:%d", port), 1))
	n := secondNode{gatehouse(t, nil, "serve", "--config", config), port, d}
	n.listening(port)
	eventually(t, "the second node to be ready", func() bool { return get(t, fmt.Sprintf("https://localhost:%d/readyz", port)).status == http.StatusOK })
	return n
}

// dialHost opens a connection of HTTP/1.1 with a process, for one of its hosts. Nothing
// may wait for long at it.
func dialHost(t *testing.T, port int, host string) net.Conn {
	t.Helper()
	conn, err := tls.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port), &tls.Config{RootCAs: suite.authority.pool, ServerName: host, NextProtos: []string{"http/1.1"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	return conn
}

// opens opens a connection of each kind.
func (n secondNode) opens(t *testing.T, c caller) map[string]io.ReadWriter {
	t.Helper()
	return map[string]io.ReadWriter{
		"a websocket":        n.websocket(t, c),
		"a stream of events": begin(t, dialHost(t, n.port, "app.localhost"), fmt.Sprintf("GET /events HTTP/1.1\r\nHost: app.localhost:%d\r\n%s\r\n\r\n", n.of.port, c.app)),
		"a tunnel":           begin(t, dialHost(t, n.port, "tcp.localhost"), fmt.Sprintf("CONNECT tcp.localhost:22 HTTP/1.1\r\nHost: tcp.localhost:22\r\n%s\r\n\r\n", c.tcp)),
	}
}

// begin sends the head of a request, which must be let in, and returns what follows.
func begin(t *testing.T, conn net.Conn, head string) io.ReadWriter {
	t.Helper()
	io.WriteString(conn, head)
	reader := bufio.NewReader(conn)
	method, _, _ := strings.Cut(head, " ")
	resp, err := http.ReadResponse(reader, &http.Request{Method: method})
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: got %v and the error %v, want 200", method, resp, err)
	}
	return struct {
		io.Reader
		io.Writer
	}{reader, conn}
}

func (n secondNode) websocket(t *testing.T, c caller) io.ReadWriter {
	t.Helper()
	host := fmt.Sprintf("app.localhost:%d", n.of.port)
	config, err := websocket.NewConfig("wss://"+host+"/socket", "https://"+host)
	if err != nil {
		t.Fatal(err)
	}
	name, value, _ := strings.Cut(c.app, ": ")
	config.Header = http.Header{name: {value}}
	socket, err := websocket.NewClient(config, dialHost(t, n.port, "app.localhost"))
	if err != nil {
		t.Fatalf("open a websocket: %v", err)
	}
	return socket
}

// echoes sends a line, and waits for it to come back.
func echoes(conn io.ReadWriter) error {
	const said = "hello"
	if _, err := io.WriteString(conn, said); err != nil {
		return err
	}
	got := make([]byte, len(said))
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != said {
		return fmt.Errorf("got %q and the error %v, want %q", got, err, said)
	}
	return nil
}

// status asks for a page, and returns the status of the answer.
func (n secondNode) status(t *testing.T, c caller) int {
	t.Helper()
	conn := dialHost(t, n.port, "app.localhost")
	fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: app.localhost:%d\r\nAccept: text/html\r\n%s\r\n\r\n", n.of.port, c.app)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode
}
