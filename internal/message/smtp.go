package message

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/seal"
)

// Security says how the connection to a mail server is encrypted.
type Security int

// The values of Security. The zero value is safe, and works with most mail servers.
const (
	StartTLS    Security = iota // STARTTLS; if the server refuses it, no message is sent
	ImplicitTLS                 // TLS from the first byte, as on port 465
	Plaintext                   // no encryption: for a relay on this machine
)

// SMTP sends e-mail through a mail server.
type SMTP struct {
	Host     string // the server; its certificate must carry this name
	Port     int    // 0: 587, with ImplicitTLS 465, with Plaintext 25
	Security Security
	Username string      // "": no authentication
	Password seal.Secret // without TLS it is sent only to this machine
	From     string      // "Name <address>" or a bare address
	ReplyTo  string      // in the same form; "": no Reply-To header

	RootCAs func() *x509.CertPool // asked for each message; it, or what it returns, nil: the system's certificates
	Timeout time.Duration         // for one message; 0: 15 s
	Helo    string                // the name in the greeting; "": the name of the machine
	// Dial opens the connection. nil: net.Dialer.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Check returns an error if the settings are wrong. It opens no connection.
func (s *SMTP) Check() error {
	if _, err := mail.ParseAddress(s.From); err != nil {
		return fmt.Errorf("smtp: from %q is not an e-mail address", s.From)
	}
	if s.ReplyTo != "" {
		if _, err := mail.ParseAddress(s.ReplyTo); err != nil {
			return fmt.Errorf("smtp: reply to %q is not an e-mail address", s.ReplyTo)
		}
	}
	_, err := s.client(s.dial)
	return err
}

// Send hands m to the mail server. For another medium than e-mail it returns
// ErrNotConfigured.
func (s *SMTP) Send(ctx context.Context, m *Message) error {
	if m.Medium != Email {
		return ErrNotConfigured
	}
	if err := m.CheckRecipient(); err != nil {
		return err
	}
	letter, err := s.letter(m)
	if err != nil {
		return ErrDelivery.Because(err)
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout())
	defer cancel()
	if err := s.deliver(ctx, letter); err != nil {
		return ErrDelivery.Because(fmt.Errorf("smtp %s: %w", s.Host, err))
	}
	return nil
}

// deliver opens a connection for one letter. It closes the connection when it
// returns or when ctx ends, because the library leaves it open if the greeting, TLS
// or the authentication fails.
func (s *SMTP) deliver(ctx context.Context, letter *gomail.Msg) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	client, err := s.client(func(dialCtx context.Context, network, address string) (net.Conn, error) {
		conn, err := s.dial(dialCtx, network, address)
		if err == nil {
			context.AfterFunc(ctx, func() { conn.Close() })
		}
		return conn, err
	})
	if err != nil {
		return err
	}
	return client.DialAndSendWithContext(ctx, letter)
}

// dial opens the connection, with TLS if Security is ImplicitTLS.
func (s *SMTP) dial(ctx context.Context, network, address string) (net.Conn, error) {
	dial := s.Dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	conn, err := dial(ctx, network, address)
	if err != nil || s.Security != ImplicitTLS {
		return conn, err
	}
	protected := tls.Client(conn, s.tlsConfig())
	if err := protected.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, err
	}
	return protected, nil
}

func (s *SMTP) tlsConfig() *tls.Config {
	t := &tls.Config{ServerName: s.Host, MinVersion: tls.VersionTLS12}
	if s.RootCAs != nil {
		t.RootCAs = s.RootCAs()
	}
	return t
}

func (s *SMTP) letter(m *Message) (*gomail.Msg, error) {
	from, err := mail.ParseAddress(cmp.Or(m.Sender.From, s.From))
	if err != nil {
		return nil, fmt.Errorf("from address: %w", err)
	}
	letter := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	letter.FromMailAddress(from)
	letter.ToMailAddress(&mail.Address{Address: m.To})
	if reply := cmp.Or(m.Sender.ReplyTo, s.ReplyTo); reply != "" {
		if err := letter.ReplyTo(reply); err != nil {
			return nil, fmt.Errorf("reply address: %w", err)
		}
	}
	if set := m.Sender.ConfigurationSet; set != "" {
		letter.SetGenHeader("X-SES-CONFIGURATION-SET", OneLine(set))
	}
	letter.Subject(OneLine(m.Subject))
	letter.SetDateWithValue(m.Sent)
	letter.SetMessageIDWithValue(ids.UUID() + from.Address[strings.LastIndexByte(from.Address, '@'):])
	// RFC 3834 §5: mail servers send no automatic answer to such a message.
	letter.SetGenHeader("Auto-Submitted", "auto-generated")
	contentType := gomail.TypeTextPlain
	if m.HTML {
		contentType = gomail.TypeTextHTML
	}
	letter.SetBodyString(contentType, m.Body.Reveal())
	return letter, nil
}

// client returns a client for one message. It keeps no connection.
func (s *SMTP) client(dial gomail.DialContextFunc) (*gomail.Client, error) {
	if s.Host == "" {
		return nil, errors.New("smtp: no host")
	}
	options := []gomail.Option{
		gomail.WithPort(s.port()),
		gomail.WithTimeout(s.timeout()),
		gomail.WithTLSConfig(s.tlsConfig()),
		gomail.WithDialContextFunc(dial),
	}
	switch s.Security {
	case StartTLS:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case ImplicitTLS:
		options = append(options, gomail.WithSSL()) // no STARTTLS: dial has started TLS
	case Plaintext:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		return nil, fmt.Errorf("smtp: security %d is not known", s.Security)
	}
	if s.Username != "" {
		// The last two send the password itself, and refuse to do so without TLS.
		options = append(options, gomail.WithUsername(s.Username), gomail.WithPassword(s.Password.Reveal()),
			gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthSCRAMSHA1, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin))
	}
	if s.Helo != "" {
		options = append(options, gomail.WithHELO(s.Helo))
	}
	client, err := gomail.NewClient(s.Host, options...)
	if err != nil {
		return nil, fmt.Errorf("smtp: %w", err)
	}
	return client, nil
}

func (s *SMTP) port() int {
	if s.Port != 0 {
		return s.Port
	}
	return map[Security]int{StartTLS: 587, ImplicitTLS: 465, Plaintext: 25}[s.Security]
}

func (s *SMTP) timeout() time.Duration {
	if s.Timeout > 0 {
		return s.Timeout
	}
	return SendLimit
}
