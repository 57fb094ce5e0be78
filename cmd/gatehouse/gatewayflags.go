package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/url"
	"os"
	"time"

	"github.com/spf13/pflag"

	"gatehouse/internal/base/certs"
	"gatehouse/internal/base/web"
	"gatehouse/internal/remote"
)

// gatewayFlags say how a program of a user reaches a gateway and opens the browser, or
// which service account it is.
type gatewayFlags struct {
	accountFlags
	browser    string
	ca         string
	clientCert string
	clientKey  string
}

func (f *gatewayFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.browser, "browser-cmd", "", "the `command` that opens a link, instead of the system's")
	flags.StringVar(&f.ca, "ca", "", "a `file` with the certificate authority of the gateway, beside the system's")
	flags.StringVar(&f.clientCert, "client-cert", "", "a `file` with the certificate that the gateway asks for")
	flags.StringVar(&f.clientKey, "client-key", "", "a `file` with the key of --client-cert")
	f.accountFlags.add(flags)
}

// gateway returns the gateway at a URL. told is where the user is told what to do.
func (f *gatewayFlags) gateway(u *url.URL, told io.Writer) (*remote.Gateway, error) {
	settings, err := f.tls()
	if err != nil {
		return nil, err
	}
	g := &remote.Gateway{URL: u, HTTP: web.NewClient(web.NewProvingTransport(settings), 0), Now: time.Now}
	if g.Account, err = f.account(); err != nil || g.Account != nil {
		return g, err
	}
	g.Open = remote.Browser(f.browser, told)
	g.Keep, err = remote.DefaultKeep()
	return g, err
}

// tls returns how the gateway's certificate is checked, and what proves this machine.
func (f *gatewayFlags) tls() (*tls.Config, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12}
	if err := f.proveWith(cfg); err != nil || f.ca == "" {
		return cfg, err
	}
	text, err := os.ReadFile(f.ca)
	if err != nil {
		return nil, fmt.Errorf("read the certificate authority: %w", err)
	}
	cfg.RootCAs, err = certs.Pool(string(text))
	return cfg, err
}

// proveWith adds the client certificate. It is read anew for each connection: a tunnel
// may run for longer than a certificate that something else renews.
func (f *gatewayFlags) proveWith(cfg *tls.Config) error {
	if f.clientCert == "" && f.clientKey == "" {
		return nil
	}
	if f.clientCert == "" || f.clientKey == "" {
		return wrongUsage("--client-cert and --client-key belong together")
	}
	read := func() (*tls.Certificate, error) {
		pair, err := tls.LoadX509KeyPair(f.clientCert, f.clientKey)
		if err != nil {
			return nil, fmt.Errorf("read the client certificate: %w", err)
		}
		return &pair, nil
	}
	cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return read() }
	_, err := read()
	return err
}
