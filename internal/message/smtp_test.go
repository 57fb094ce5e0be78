package message_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http/httptest"
	"net/mail"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/message"
)

// mailServer is a mail server on loopback that accepts one message.
type mailServer struct {
	tls      *tls.Config // nil: STARTTLS is not offered
	reject   string      // what RCPT is answered with, if anything
	silent   bool        // never greets
	implicit bool        // TLS from the start
	listener net.Listener
	done     chan struct{}

	// What it got; to be read when done is closed.
	encrypted bool
	auth      string
	from, to  string
	data      string
}

// certificate returns a certificate for 127.0.0.1 and a pool that trusts it.
func certificate(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return &tls.Config{Certificates: s.TLS.Certificates}, pool
}

func (s *mailServer) start(t *testing.T) *message.SMTP {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.listener, s.done = l, make(chan struct{})
	go s.serve()
	t.Cleanup(func() { l.Close(); <-s.done })
	return &message.SMTP{
		Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, From: "Example <no-reply@example.com>",
		Helo: "test.example.com", Timeout: 5 * time.Second,
	}
}

func (s *mailServer) serve() {
	defer close(s.done)
	conn, err := s.listener.Accept()
	if err != nil {
		return
	}
	defer func() { conn.Close() }()
	if s.implicit {
		conn, s.encrypted = tls.Server(conn, s.tls), true
	}
	r := bufio.NewReader(conn)
	if s.silent {
		io.Copy(io.Discard, r)
		return
	}
	say := func(line string) { fmt.Fprintf(conn, "%s\r\n", line) }
	say("220 mail.example.com")
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		switch verb, rest, _ := strings.Cut(line, " "); strings.ToUpper(verb) {
		case "EHLO":
			say("250-mail.example.com")
			if s.tls != nil && !s.encrypted {
				say("250-STARTTLS")
			}
			say("250-AUTH PLAIN")
			say("250 8BITMIME")
		case "STARTTLS":
			say("220 go on")
			conn = tls.Server(conn, s.tls)
			r = bufio.NewReader(conn)
			s.encrypted = true
		case "AUTH":
			s.auth = rest
			say("235 welcome")
		case "MAIL":
			s.from = rest
			say("250 ok")
		case "RCPT":
			s.to += rest
			if s.reject != "" {
				say(s.reject)
			} else {
				say("250 ok")
			}
		case "DATA":
			say("354 go on")
			for line, err := r.ReadString('\n'); err == nil && line != ".\r\n"; line, err = r.ReadString('\n') {
				s.data += line
			}
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func letter() *message.Message {
	return &message.Message{
		Medium: message.Email, To: "alice@example.com", Subject: "Your code", Body: "Your code is <b>123456</b>", HTML: true,
		Pool: "us-east-1_Abc", Username: "alice", Purpose: "verify", Sent: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	}
}

func always(roots *x509.CertPool) func() *x509.CertPool {
	return func() *x509.CertPool { return roots }
}

func TestAMailArrivesOverTLS(t *testing.T) {
	config, roots := certificate(t)
	server := &mailServer{tls: config}
	sender := server.start(t)
	sender.RootCAs, sender.Username, sender.Password, sender.ReplyTo = always(roots), "user", "pass", "help@example.com"
	if err := sender.Check(); err != nil {
		t.Fatal(err)
	}
	if err := sender.Send(t.Context(), letter()); err != nil {
		t.Fatal(err)
	}
	<-server.done
	if !server.encrypted {
		t.Error("the mail went without TLS")
	}
	if want := "PLAIN " + base64.StdEncoding.EncodeToString([]byte("\x00user\x00pass")); server.auth != want {
		t.Errorf("AUTH %s, want %s", server.auth, want)
	}
	if !strings.HasPrefix(server.from, "FROM:<no-reply@example.com>") || server.to != "TO:<alice@example.com>" {
		t.Errorf("envelope = %s, %s", server.from, server.to)
	}
	checkLetter(t, server.data)
}

func checkLetter(t *testing.T, data string) {
	t.Helper()
	got, err := mail.ReadMessage(strings.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"From": `"Example" <no-reply@example.com>`, "To": "<alice@example.com>", "Subject": "Your code",
		"Reply-To": "<help@example.com>", "Auto-Submitted": "auto-generated", "User-Agent": "",
	} {
		if got := got.Header.Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if date, err := got.Header.Date(); err != nil || !date.Equal(letter().Sent) {
		t.Errorf("Date = %v, %v", date, err)
	}
	if id := got.Header.Get("Message-Id"); !strings.HasSuffix(id, "@example.com>") {
		t.Errorf("Message-ID = %q, want one of example.com", id)
	}
	if kind, _, _ := mime.ParseMediaType(got.Header.Get("Content-Type")); kind != "text/html" {
		t.Errorf("Content-Type = %q, want text/html", kind)
	}
	body, _ := io.ReadAll(quotedprintable.NewReader(got.Body))
	if strings.TrimSpace(string(body)) != letter().Body.Reveal() {
		t.Errorf("body = %q", body)
	}
}

func TestWithoutTLSNothingIsSent(t *testing.T) {
	config, _ := certificate(t)
	for name, server := range map[string]*mailServer{"not offered": {}, "not trusted": {tls: config}} {
		sender := server.start(t)
		sender.Username, sender.Password = "user", "pass"
		if err := sender.Send(t.Context(), letter()); !errors.Is(err, message.ErrDelivery) {
			t.Errorf("%s: error = %v, want %v", name, err, message.ErrDelivery)
		}
		server.listener.Close()
		<-server.done
		if server.auth != "" || server.data != "" {
			t.Errorf("%s: password or mail went out: %q, %q", name, server.auth, server.data)
		}
	}
}

func TestTLSFromTheStart(t *testing.T) {
	config, roots := certificate(t)
	server := &mailServer{tls: config, implicit: true}
	sender := server.start(t)
	sender.Security, sender.RootCAs, sender.Username, sender.Password = message.ImplicitTLS, always(roots), "user", "pass"
	if err := sender.Send(t.Context(), letter()); err != nil {
		t.Fatal(err)
	}
	<-server.done
	if server.auth == "" || !strings.Contains(server.data, "123456") {
		t.Errorf("auth = %q, data = %q", server.auth, server.data)
	}
}

func TestAPasswordIsNotSentWithoutTLS(t *testing.T) {
	server := &mailServer{}
	sender := server.start(t)
	address := server.listener.Addr().String()
	sender.Security, sender.Username, sender.Password, sender.Host = message.Plaintext, "user", "pass", "mail.example.com"
	sender.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	if err := sender.Send(t.Context(), letter()); !errors.Is(err, message.ErrDelivery) {
		t.Errorf("error = %v, want %v", err, message.ErrDelivery)
	}
	<-server.done
	if server.auth != "" || server.data != "" {
		t.Errorf("AUTH %s, data %q, want none", server.auth, server.data)
	}
}

func TestPlaintextWorksIfConfigured(t *testing.T) {
	server := &mailServer{}
	sender := server.start(t)
	sender.Security = message.Plaintext
	if err := sender.Send(t.Context(), letter()); err != nil {
		t.Fatal(err)
	}
	<-server.done
	if !strings.Contains(server.data, "123456") {
		t.Errorf("data = %q", server.data)
	}
}

func TestARefusedMailIsAnErrorWithoutTheCode(t *testing.T) {
	server := &mailServer{reject: "550 no such user"}
	sender := server.start(t)
	sender.Security = message.Plaintext
	err := sender.Send(t.Context(), letter())
	if !errors.Is(err, message.ErrDelivery) || !strings.Contains(err.Error(), "550") {
		t.Errorf("error = %v, want %v with the server's answer", err, message.ErrDelivery)
	}
	if strings.Contains(fmt.Sprint(err), "123456") {
		t.Errorf("the error shows the code: %v", err)
	}
}

func TestASilentServerTimesOut(t *testing.T) {
	server := &mailServer{silent: true}
	sender := server.start(t)
	sender.Security, sender.Timeout = message.Plaintext, 50*time.Millisecond
	if err := sender.Send(t.Context(), letter()); !errors.Is(err, message.ErrDelivery) {
		t.Errorf("error = %v, want %v", err, message.ErrDelivery)
	}
}

func TestACanceledContextSendsNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	sender := &message.SMTP{Host: "127.0.0.1", Port: 1, From: "no-reply@example.com"}
	if err := sender.Send(ctx, letter()); !errors.Is(err, message.ErrDelivery) {
		t.Errorf("error = %v, want %v", err, message.ErrDelivery)
	}
}

func TestARecipientCannotAddACommand(t *testing.T) {
	sender := &message.SMTP{Host: "127.0.0.1", Port: 1, From: "no-reply@example.com"}
	for _, to := range []string{
		"", "alice", "alice@example.com\r\nBcc: eve@example.com", "alice@example.com\nRCPT TO:<eve@example.com>",
		"alice@example.com, eve@example.com", "Alice <alice@example.com>", "<alice@example.com>", "alice@example.com ",
		"+15555550100",
	} {
		m := letter()
		m.To = to
		if err := sender.Send(t.Context(), m); !errors.Is(err, message.ErrRecipient) {
			t.Errorf("to %q: error = %v, want %v", to, err, message.ErrRecipient)
		}
	}
}

func TestASubjectCannotAddAHeader(t *testing.T) {
	server := &mailServer{}
	sender := server.start(t)
	sender.Security = message.Plaintext
	m := letter()
	m.Subject = "Hello\r\nBcc: eve@example.com\r\n\r\nforged body"
	if err := sender.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	<-server.done
	got, err := mail.ReadMessage(strings.NewReader(server.data))
	if err != nil {
		t.Fatal(err)
	}
	if got.Header.Get("Bcc") != "" || strings.Contains(server.to, "eve") {
		t.Errorf("the subject added a recipient: %q, %v", server.to, got.Header)
	}
	if subject := got.Header.Get("Subject"); !strings.Contains(subject, "forged body") {
		t.Errorf("Subject = %q, want it whole on one line", subject)
	}
}

func TestCheckFindsBadSettings(t *testing.T) {
	good := message.SMTP{Host: "mail.example.com", From: "no-reply@example.com"}
	if err := good.Check(); err != nil {
		t.Errorf("good settings: %v", err)
	}
	for name, change := range map[string]func(*message.SMTP){
		"no host": func(s *message.SMTP) { s.Host = "" }, "no from": func(s *message.SMTP) { s.From = "" },
		"bad from": func(s *message.SMTP) { s.From = "example.com" }, "bad reply": func(s *message.SMTP) { s.ReplyTo = "x" },
		"bad port": func(s *message.SMTP) { s.Port = 70000 }, "bad security": func(s *message.SMTP) { s.Security = 9 },
	} {
		bad := good
		change(&bad)
		if err := bad.Check(); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// A pool's own sender replaces the installation's, and cannot add a header.
func TestALetterHasThePoolsSender(t *testing.T) {
	server := &mailServer{}
	smtp := server.start(t)
	smtp.Security, smtp.ReplyTo = message.Plaintext, "installation@example.com"
	m := letter()
	m.Sender = message.Identity{From: "Shop <shop@example.com>", ReplyTo: "help@example.com", ConfigurationSet: "set\r\nBcc: mallory@example.com"}
	if err := smtp.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	<-server.done
	got, err := mail.ReadMessage(strings.NewReader(server.data))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"From": `"Shop" <shop@example.com>`, "Reply-To": "<help@example.com>", "X-SES-CONFIGURATION-SET": "set  Bcc: mallory@example.com", "Bcc": ""} {
		if got.Header.Get(name) != want {
			t.Errorf("%s: %q, want %q", name, got.Header.Get(name), want)
		}
	}
	if !strings.Contains(server.from, "shop@example.com") {
		t.Errorf("MAIL FROM %q, want the pool's sender", server.from)
	}
}
