package server

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
	"gatehouse/internal/message"
)

// called records where the last request went.
type called struct{ to string }

func (c *called) RoundTrip(r *http.Request) (*http.Response, error) {
	c.to = r.URL.String()
	return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(""))}, nil
}

// Each medium goes where the configuration says, and nowhere else.
func TestWhereMessagesGo(t *testing.T) {
	const secret = "0123456789abcdef0123456789abcdef"
	tests := []struct{ keys, email, sms string }{
		{"", "", ""},
		{"  ses: {region: eu-west-1, access_key_id: A, secret_access_key: B, from: a@example.com}\n", "https://email.eu-west-1.amazonaws.com/v2/email/outbound-emails", ""},
		{"  ses: {region: eu-west-1, access_key_id: A, secret_access_key: B, from: a@example.com, endpoint: 'http://localhost:4566'}\n", "http://localhost:4566/v2/email/outbound-emails", ""},
		{"  sms: {sns: {region: eu-west-1, access_key_id: A, secret_access_key: B}}\n", "", "https://sns.eu-west-1.amazonaws.com/"},
		{"  sms: {sns: {region: eu-west-1, access_key_id: A, secret_access_key: B, endpoint: 'https://sns.example.com'}}\n", "", "https://sns.example.com/"},
		{"  sms: {webhook: {url: 'https://sms.example.com/in', secret: " + secret + "}}\n", "", "https://sms.example.com/in"},
	}
	for _, test := range tests {
		c, err := config.Load(settings.Source{Path: "c.yaml", Data: []byte("insecure_server: true\ndirectory:\n  url: https://id.example.com\n" + test.keys)})
		if err != nil {
			t.Fatal(err)
		}
		net := &called{}
		sender, err := newSender(&Options{Config: c, Outgoing: net, Now: time.Now}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for medium, want := range map[message.Medium]string{message.Email: test.email, message.SMS: test.sms} {
			net.to = ""
			to := map[message.Medium]string{message.Email: "a@example.com", message.SMS: "+15550001111"}[medium]
			err := sender.Send(t.Context(), &message.Message{Medium: medium, To: to, Body: "x"})
			if net.to != want || (want == "") != errors.Is(err, message.ErrNotConfigured) {
				t.Errorf("%s with %q: went to %q, %v; want %q", medium, test.keys, net.to, err, want)
			}
			if got := (&message.Courier{Sender: sender}).Sends(medium); got != (want != "") {
				t.Errorf("%s with %q: sends %t, want %t", medium, test.keys, got, want != "")
			}
		}
	}
}

// The mail server is trusted as other services are: an authority of the company
// signs its certificate, too.
func TestTheMailServerMayHaveACertificateOfTheCompany(t *testing.T) {
	const smtp = "insecure_server: true\ndirectory:\n  url: https://id.example.com\n  smtp: {host: mail.example.com, from: a@example.com}\n"
	authority := httptest.NewTLSServer(nil)
	defer authority.Close()
	pemText := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority.Certificate().Raw}))
	for keys, trusts := range map[string]bool{"": false, "certificate_authority: " + base64.StdEncoding.EncodeToString([]byte(pemText)) + "\n": true} {
		c, err := config.Load(settings.Source{Path: "c.yaml", Data: []byte(keys + smtp)})
		if err != nil {
			t.Fatal(err)
		}
		sender, err := newSender(&Options{Config: c, Now: time.Now}, nil)
		if err != nil {
			t.Fatal(err)
		}
		mail := sender.(message.ByMedium).Email.(*message.SMTP)
		_, err = authority.Certificate().Verify(x509.VerifyOptions{Roots: mail.RootCAs()})
		if (err == nil) != trusts {
			t.Errorf("with %.30q the company's certificate is refused with %v", keys, err)
		}
	}
}
