package web

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// ErrInside says that an address is one that the machine or its cloud keeps to
// itself.
var ErrInside = errors.New("the address belongs to this machine or to its network link")

// NewOutsideTransport returns a transport for calls to addresses that a request to
// us names. It refuses those of the machine itself and of its link, where clouds
// answer with credentials, and looks at the address that is dialled, so that no DNS
// answer leads there. Addresses of private networks are allowed: an installation's
// identity providers are often there. loopback allows this machine too, for
// development. A proxy that the environment names is dialled wherever it is.
func NewOutsideTransport(loopback bool, trust *tls.Config) http.RoundTripper {
	direct, proxied := NewTransport(), NewTransport()
	direct.TLSClientConfig, proxied.TLSClientConfig = trust, trust
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		return checkOutside(address, loopback)
	}}
	direct.Proxy = nil
	direct.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		return DialLocal(ctx, dialer, network, addr)
	}
	return outside{direct, proxied}
}

// outside sends a request through the proxy if there is one for it.
type outside struct{ direct, proxied *http.Transport }

func (o outside) RoundTrip(r *http.Request) (*http.Response, error) {
	if proxy, err := o.proxied.Proxy(r); err != nil || proxy != nil {
		return o.proxied.RoundTrip(r)
	}
	return o.direct.RoundTrip(r)
}

// CloseIdleConnections is what [http.Client.CloseIdleConnections] calls.
func (o outside) CloseIdleConnections() {
	o.direct.CloseIdleConnections()
	o.proxied.CloseIdleConnections()
}

// cloudMetadata answers with credentials in one cloud, at an address that is
// otherwise private.
var cloudMetadata = netip.MustParseAddr("fd00:ec2::254")

func checkOutside(address string, loopback bool) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	ip := at.Addr().Unmap().WithZone("")
	switch {
	case ip.IsLoopback():
		if loopback {
			return nil
		}
		return ErrInside
	case ip.IsUnspecified(), ip.IsLinkLocalUnicast(), ip.IsMulticast(), ip == cloudMetadata:
		return ErrInside
	}
	return nil
}
