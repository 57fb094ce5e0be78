package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"gatehouse/internal/testing/certtest"
)

// A gateway that takes no connection without a certificate gets the one of the flags,
// and the new one when the files have changed.
func TestTheClientCertificateOfTheFlags(t *testing.T) {
	ca := certtest.Authority(t)
	gateway := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Who", r.TLS.PeerCertificates[0].DNSNames[0])
	}))
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(ca.PEM()))
	gateway.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool}
	gateway.StartTLS()
	t.Cleanup(gateway.Close)

	dir := t.TempDir()
	flags := &gatewayFlags{ca: filepath.Join(dir, "ca.pem"), clientCert: filepath.Join(dir, "client.pem"), clientKey: filepath.Join(dir, "client.key")}
	write := func(path, text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(flags.ca, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: gateway.Certificate().Raw})))
	var secure *tls.Config
	for _, name := range []string{"laptop.example.com", "renewed.example.com"} {
		client := ca.Client(name, "")
		write(flags.clientCert, client.PEM())
		write(flags.clientKey, client.KeyPEM())
		if secure == nil {
			var err error
			if secure, err = flags.tls(); err != nil {
				t.Fatal(err)
			}
		}
		transport := &http.Transport{TLSClientConfig: secure, DisableKeepAlives: true}
		resp, err := (&http.Client{Transport: transport}).Get(gateway.URL)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if got := resp.Header.Get("Who"); got != name {
			t.Errorf("the gateway sees %q, want %s", got, name)
		}
	}
}
