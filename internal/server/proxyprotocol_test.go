package server_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/base/plainhttp"
	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
	"gatehouse/internal/server"
)

const (
	textHeader = "PROXY TCP4 203.0.113.7 198.51.100.1 40000 443\r\n"
	binary     = "\r\n\r\n\x00\r\nQUIT\n"
	// version 2, PROXY, TCP over IPv6, 36 bytes
	binaryHeader = binary + "\x21\x21\x00\x24" + "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x07" + "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01" + "\x9c\x40\x01\xbb"
	localHeader  = binary + "\x20\x00\x00\x00" // the proxy asks for itself
)

// proxied starts a server behind a proxy, which answers with the address of the
// client.
func proxied(t *testing.T, secure bool) (addr string) {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.RemoteAddr) }))
	s.Listener = server.BehindProxy(s.Listener)
	if secure {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// answerTo opens a connection with a header, and returns the answer.
func answerTo(t *testing.T, addr, header string, secure bool) (string, error) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, header)
	if secure {
		conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
	}
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: a.example.com\r\nConnection: close\r\n\r\n"); err != nil {
		return "", err
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return string(body), err
}

func TestTheProxySaysWhereTheClientIs(t *testing.T) {
	for _, secure := range []bool{false, true} {
		addr := proxied(t, secure)
		for header, want := range map[string]string{
			textHeader: "203.0.113.7:40000", binaryHeader: "[2001:db8::7]:40000", localHeader: "127.0.0.1:", "PROXY UNKNOWN\r\n": "127.0.0.1:",
		} {
			if got, err := answerTo(t, addr, header, secure); err != nil || !strings.HasPrefix(got, want) {
				t.Errorf("TLS %v, %q: got %q, %v, want %s", secure, header, got, err, want)
			}
		}
	}
}

// The address is that of all requests of a connection, whoever serves them.
func TestTheProxySaysItForAllRequests(t *testing.T) {
	certified := httptest.NewTLSServer(nil)
	defer certified.Close()
	for _, secure := range []bool{false, true} {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		srv := plainhttp.New(&http.Server{TLSConfig: certified.TLS, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.RemoteAddr) })})
		t.Cleanup(func() { srv.Close() })
		if secure {
			go srv.ServeTLS(server.BehindProxy(server.CountingHeaders(ln)))
		} else {
			go srv.Serve(server.BehindProxy(server.CountingHeaders(ln)))
		}
		conn, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		io.WriteString(conn, textHeader)
		if secure {
			conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
		}
		answers := bufio.NewReader(conn)
		for i, method := range []string{"GET", "GET", "GET", "OPTIONS", "GET", "GET", "GET"} {
			io.WriteString(conn, method+" / HTTP/1.1\r\nHost: a.example.com\r\n\r\n")
			resp, err := http.ReadResponse(answers, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(resp.Body); err != nil || string(got) != "203.0.113.7:40000" {
				t.Errorf("TLS %v, request %d: got %q, %v, want the address of the header", secure, i+1, got, err)
			}
		}
	}
}

func TestAConnectionWithoutTheHeaderIsRefused(t *testing.T) {
	for _, secure := range []bool{false, true} {
		addr := proxied(t, secure)
		for _, header := range []string{"", "PROXY TCP4 300.0.0.1 1.1.1.1 1 2\r\n", "PROXY TCP4 203.0.113.7\r\n", "proxy TCP4 203.0.113.7 198.51.100.1 1 2\r\n", binary + "\x31\x11\x00\x00", "X-Forwarded-For: 203.0.113.7\r\n"} {
			if got, err := answerTo(t, addr, header, secure); err == nil && !strings.Contains(got, "400 Bad Request") {
				t.Errorf("TLS %v, %q: got %q, want no answer", secure, header, got)
			}
		}
	}
}

func TestASlowHeaderHoldsUpNobodyElse(t *testing.T) {
	addr := proxied(t, false)
	for range 20 {
		slow, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer slow.Close()
		io.WriteString(slow, "PROXY TCP4")
	}
	if got, err := answerTo(t, addr, textHeader, false); err != nil || got != "203.0.113.7:40000" {
		t.Errorf("got %q, %v, want an answer while others wait", got, err)
	}
}

func TestOnlyTheMainAddressIsBehindTheProxy(t *testing.T) {
	c, err := config.Load(settings.Source{Path: "config.yaml", Data: []byte("address: 127.0.0.1:0\ninsecure_server: true\nuse_proxy_protocol: true\nhealth_check_addr: ''\nroutes:\n  - {from: https://a.example.com, response: {status: 200, body: hello}, allow_public_unauthenticated_access: true}\n")})
	if err != nil {
		t.Fatal(err)
	}
	l, err := server.Listen(c, "address")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go http.Serve(l.Main(), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.RemoteAddr) }))
	if got, err := answerTo(t, l.Addr().String(), textHeader, false); err != nil || got != "203.0.113.7:40000" {
		t.Errorf("got %q, %v", got, err)
	}
}

// said is a connection on which a client said something and went.
type said struct{ io.Reader }

func (said) Write(p []byte) (int, error)      { return len(p), nil }
func (said) Close() error                     { return nil }
func (said) LocalAddr() net.Addr              { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 443} }
func (said) RemoteAddr() net.Addr             { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 40000} }
func (said) SetDeadline(time.Time) error      { return nil }
func (said) SetReadDeadline(time.Time) error  { return nil }
func (said) SetWriteDeadline(time.Time) error { return nil }

// one is a listener with one connection.
type one struct {
	net.Listener
	conn net.Conn
}

func (o one) Accept() (net.Conn, error) { return o.conn, nil }

// What is read of a connection comes after a header, and its address is one.
func FuzzProxyProtocol(f *testing.F) {
	for _, seed := range []string{textHeader + "GET /", binaryHeader + "GET /", localHeader, "PROXY UNKNOWN\r\nx", "GET / HTTP/1.1\r\n", binary + "\x21\x11\xff\xff", ""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		conn, err := server.BehindProxy(one{conn: said{bytes.NewReader(sent)}}).Accept()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := netip.ParseAddrPort(conn.RemoteAddr().String()); err != nil {
			t.Errorf("the address: %v", err)
		}
		rest, err := io.ReadAll(conn)
		begins := bytes.HasPrefix(sent, []byte("PROXY ")) || bytes.HasPrefix(sent, []byte(binary))
		if err == nil && !begins {
			t.Errorf("read %q without a header", rest)
		}
		if err == nil && !bytes.HasSuffix(sent, rest) || len(rest) > 0 && errors.Is(err, io.ErrUnexpectedEOF) {
			t.Error(fmt.Errorf("read %q, %w of %q", rest, err, sent))
		}
	})
}
