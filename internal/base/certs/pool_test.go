package certs_test

import (
	"crypto/x509"
	"strings"
	"testing"

	"gatehouse/internal/base/certs"
)

func TestPool(t *testing.T) {
	p := pair(t, "authority", "ca.example.com")
	pool, err := certs.Pool(p.Cert)
	if err != nil {
		t.Fatal(err)
	}
	system, _ := x509.SystemCertPool()
	system.AppendCertsFromPEM([]byte(p.Cert))
	if !pool.Equal(system) {
		t.Error("the pool differs from the pool of the system plus the authority")
	}
	for _, bad := range []string{"", "x", "-----BEGIN NOTHING-----", p.Key.Reveal()} {
		if _, err := certs.Pool(p.Cert, bad); err == nil || !strings.HasPrefix(err.Error(), "authority 2: ") {
			t.Errorf("%.12q: error = %v, want an error that names the second authority", bad, err)
		}
	}
}

func FuzzPool(f *testing.F) {
	f.Add("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
	f.Add("LS0tLS1CRUdJTiA=")
	system, err := x509.SystemCertPool()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if pool, err := certs.Pool(text); err == nil && pool.Equal(system) {
			t.Errorf("Pool accepted %q, which contains no authority", text)
		}
	})
}
