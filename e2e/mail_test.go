package e2e

import (
	"bufio"
	"fmt"
	"io"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// mailServer receives mail on a loopback port and stores it in memory.
type mailServer struct {
	t    *testing.T
	port int

	mu    sync.Mutex
	mails []receivedMail
}

type receivedMail struct{ to, subject, text string }

func newMailServer(t *testing.T) *mailServer {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	m := &mailServer{t: t, port: ln.Addr().(*net.TCPAddr).Port}
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go m.converse(conn)
		}
	}()
	return m
}

// converse handles the SMTP commands that the client uses (RFC 5321 §4.1).
func (m *mailServer) converse(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	say := func(line string) { io.WriteString(conn, line+"\r\n") }
	say("220 mail.example.com ready")
	var to string
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch strings.ToUpper(verb) {
		case "RCPT":
			to = strings.Trim(strings.TrimPrefix(strings.Fields(rest)[0], "TO:"), "<>")
			say("250 ok")
		case "DATA":
			say("354 go on")
			body, err := m.data(in)
			if err != nil {
				return
			}
			m.keep(to, body)
			say("250 kept")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func (m *mailServer) data(in *bufio.Reader) (string, error) {
	var b strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return "", err
		}
		if line == ".\r\n" {
			return b.String(), nil
		}
		b.WriteString(strings.TrimPrefix(line, "."))
	}
}

func (m *mailServer) keep(to, body string) {
	mail, err := readMail(to, body)
	if err != nil {
		m.t.Errorf("read the mail to %s: %v\n%s", to, err, body)
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mails = append(m.mails, mail)
}

func readMail(to, body string) (receivedMail, error) {
	parsed, err := mail.ReadMessage(strings.NewReader(body))
	if err != nil {
		return receivedMail{}, err
	}
	var content io.Reader = parsed.Body
	if parsed.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
		content = quotedprintable.NewReader(content)
	}
	text, err := io.ReadAll(content)
	return receivedMail{to: to, subject: parsed.Header.Get("Subject"), text: string(text)}, err
}

// codeDigits finds the code of a message: six digits, or eight that begin a sign-in.
var codeDigits = regexp.MustCompile(`\b[0-9]{6}(?:[0-9]{2})?\b`)

// code waits for the nth mail to an address, counted from 1, and returns its
// code.
func (m *mailServer) code(to string, n int) string {
	m.t.Helper()
	var found string
	eventually(m.t, fmt.Sprintf("mail %d to %s", n, to), func() bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		seen := 0
		for _, mail := range m.mails {
			if mail.to != to {
				continue
			}
			if seen++; seen == n {
				found = codeDigits.FindString(mail.text)
				return true
			}
		}
		return false
	})
	if found == "" {
		m.t.Fatalf("mail %d to %s has no code", n, to)
	}
	return found
}
