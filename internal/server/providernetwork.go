package server

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"

	"gatehouse/internal/base/hostname"
	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/relyingparty"
)

// providerNetwork asks the identity providers of pools about themselves.
type providerNetwork struct {
	client *http.Client
	dev    bool // this machine may be asked, without TLS
}

var _ userpool.ProviderNetwork = (*providerNetwork)(nil)

func newProviderNetwork(o *options) (*providerNetwork, error) {
	dev := o.Dev != nil
	if o.Outgoing != nil {
		return &providerNetwork{relyingparty.NewHTTPClient(o.Outgoing), dev}, nil
	}
	trusted, err := o.trusting()
	if err != nil {
		return nil, err
	}
	outside := trusted.following(func(cas *x509.CertPool) http.RoundTripper { return web.NewOutsideTransport(dev, tlsWith(cas)) })
	return &providerNetwork{relyingparty.NewHTTPClient(outside), dev}, nil
}

// Allows implements [userpool.ProviderNetwork].
func (n *providerNetwork) Allows(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	if hostname.IsLoopback(u.Hostname()) {
		return n.dev && (u.Scheme == "https" || u.Scheme == "http")
	}
	return u.Scheme == "https"
}

// Discover implements [userpool.ProviderNetwork]. In development, an issuer whose
// name nobody here can resolve is believed: a developer's machine may be offline.
func (n *providerNetwork) Discover(ctx context.Context, issuer string) (*userpool.Endpoints, error) {
	found, err := relyingparty.Discover(ctx, n.client, issuer)
	if _, unknown := errors.AsType[*net.DNSError](err); unknown && n.dev {
		return &userpool.Endpoints{Authorize: issuer, Token: issuer, Attributes: issuer, Keys: issuer}, nil
	}
	if err != nil {
		return nil, err
	}
	return &userpool.Endpoints{Authorize: found.Authorize, Token: found.Token, Attributes: found.UserInfo, Keys: found.Keys}, nil
}

// Metadata implements [userpool.ProviderNetwork].
func (n *providerNetwork) Metadata(ctx context.Context, address string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	answer, err := n.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the status is %s", answer.Status)
	}
	return io.ReadAll(answer.Body) // the client limits it
}
