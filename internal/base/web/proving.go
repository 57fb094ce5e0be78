package web

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"time"
)

// NewProvingTransport returns a transport as NewTransport does, with settings of TLS that
// may have a client certificate. It proves this machine to servers alone: net/http would
// offer the certificate to a proxy on the way (HTTPS_PROXY), too.
func NewProvingTransport(settings *tls.Config) http.RoundTripper {
	direct, proxied := NewTransport(), NewTransport()
	direct.Proxy = nil
	direct.TLSClientConfig, proxied.TLSClientConfig = settings, settings
	dialer := &tls.Dialer{NetDialer: &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}, Config: Unproven(settings)}
	proxied.DialTLSContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, proxied.TLSHandshakeTimeout+dialer.NetDialer.Timeout)
		defer cancel()
		return dialer.DialContext(ctx, network, addr) // a proxy: TLS with a server is made in its connection
	}
	return outside{direct, proxied}
}

// Unproven returns settings of TLS for a proxy: without the client certificate, which is
// meant for the server behind it.
func Unproven(settings *tls.Config) *tls.Config {
	settings = settings.Clone()
	settings.Certificates, settings.GetClientCertificate, settings.NextProtos = nil, nil, []string{"http/1.1"}
	return settings
}
