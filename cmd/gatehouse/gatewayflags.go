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

// gatewayFlags say how a program of a user reaches a gateway and opens the browser.
type gatewayFlags struct {
	browser string
	ca      string
}

func (f *gatewayFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.browser, "browser-cmd", "", "the `command` that opens a link, instead of the system's")
	flags.StringVar(&f.ca, "ca", "", "a `file` with the certificate authority of the gateway, beside the system's")
}

// gateway returns the gateway at a URL. told is where the user is told what to do.
func (f *gatewayFlags) gateway(u *url.URL, told io.Writer) (*remote.Gateway, error) {
	keep, err := remote.DefaultKeep()
	if err != nil {
		return nil, err
	}
	transport := web.NewTransport()
	if transport.TLSClientConfig, err = f.tls(); err != nil {
		return nil, err
	}
	return &remote.Gateway{
		URL: u, HTTP: web.NewClient(transport, 0), Keep: keep, Open: remote.Browser(f.browser, told), Now: time.Now,
	}, nil
}

// tls returns how the gateway's certificate is checked.
func (f *gatewayFlags) tls() (*tls.Config, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12}
	if f.ca == "" {
		return cfg, nil
	}
	text, err := os.ReadFile(f.ca)
	if err != nil {
		return nil, fmt.Errorf("read the certificate authority: %w", err)
	}
	cfg.RootCAs, err = certs.Pool(string(text))
	return cfg, err
}
