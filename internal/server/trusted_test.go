package server

import (
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"gatehouse/internal/config"
	"gatehouse/internal/message"
)

// An authority that was renewed in its file was not trusted until the next start.
func TestOutgoingCallsTrustTheAuthoritiesInUse(t *testing.T) {
	service := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(service.Close)
	known := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: service.Certificate().Raw}))
	with := func(authority string) *config.Config {
		c := &config.Config{Directory: &config.Directory{SMTP: &config.SMTP{Host: "mail.example.com", From: "a@example.com"}}}
		c.CertificateAuthority = authority
		return c
	}
	o := &Options{Config: with(""), Now: time.Now}
	trusted, err := o.trusting()
	if err != nil {
		t.Fatal(err)
	}
	sender, err := newSender(o, nil)
	if err != nil {
		t.Fatal(err)
	}
	mail, client := sender.(message.ByMedium).Email.(*message.SMTP), &http.Client{Transport: trusted.transport(o)}
	for _, tt := range []struct {
		name, authority string
		trusts          bool
	}{{"none", "", false}, {"the authority", known, true}, {"the same again", known, true}, {"none again", "", false}} {
		use, err := trusted.prepare(with(tt.authority))
		if err != nil {
			t.Fatal(err)
		}
		use()
		resp, err := client.Get(service.URL)
		if (err == nil) != tt.trusts {
			t.Errorf("%s: a call ended with %v, want trust to be %t", tt.name, err, tt.trusts)
		}
		if err == nil {
			resp.Body.Close()
		}
		if _, err := service.Certificate().Verify(x509.VerifyOptions{Roots: mail.RootCAs()}); (err == nil) != tt.trusts {
			t.Errorf("%s: for mail, got %v, want trust to be %t", tt.name, err, tt.trusts)
		}
	}
	if _, err := trusted.prepare(with("nonsense")); err == nil {
		t.Error("a text that is no authority was prepared")
	}
}
