package server

import (
	"errors"
	"fmt"
	"net"
	"syscall"

	"gatehouse/internal/config"
)

// Listeners are the open addresses of a server. Addresses that the configuration
// leaves out are nil.
type Listeners struct {
	main     net.Listener
	quic     net.PacketConn // at the port of main
	redirect net.Listener
	probes   net.Listener
	metrics  net.Listener
	asked    net.Listener // by other proxies
}

// Listen opens the addresses that the configuration names, so that an address
// that is taken is an error before anything else happens. The main address is named
// main in errors: the key or flag that sets it.
func Listen(c *config.Config, main string) (*Listeners, error) {
	l := &Listeners{}
	for _, a := range []struct {
		key, addr string
		into      *net.Listener
	}{
		{main, c.Address, &l.main}, {"http_redirect_addr", c.HTTPRedirectAddr, &l.redirect},
		{"health_check_addr", c.HealthCheckAddr, &l.probes}, {"metrics_address", c.MetricsAddress, &l.metrics},
		{"forward_auth.address", c.ForwardAuth.At(), &l.asked},
	} {
		if a.addr == "" {
			continue
		}
		ln, err := ListenOn(a.addr, a.key)
		if err != nil {
			l.Close()
			return nil, err
		}
		*a.into = ln
	}
	if c.UseProxyProtocol {
		l.main = behindProxy(l.main)
	}
	return l, l.listenQUIC(c)
}

// ListenOn opens an address. The error says what to do; key is the key or flag that
// sets the address.
func ListenOn(addr, key string) (net.Listener, error) {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %s (%s): %w%s", addr, key, err, listenAdvice(err, key))
	}
	return &headerListener{Listener: ln, room: maxLargeHeaders}, nil
}

func listenAdvice(err error, key string) string {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return "; another process listens there: stop it, or give " + key + " another port"
	case errors.Is(err, syscall.EACCES):
		return "; this user may not open the port: allow it (CAP_NET_BIND_SERVICE), or give " + key + " a port from 1024"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "; no interface of this machine has the address: give " + key + " one that it has, or a port alone such as :8443"
	}
	return ""
}

// Addr returns the main address.
func (l *Listeners) Addr() net.Addr { return l.main.Addr() }

// Close closes the listeners that are open.
func (l *Listeners) Close() {
	for _, ln := range []net.Listener{l.main, l.redirect, l.probes, l.metrics, l.asked} {
		closeIfOpen(ln)
	}
	if l.quic != nil {
		l.quic.Close()
	}
}

func closeIfOpen(ln net.Listener) {
	if ln != nil {
		ln.Close()
	}
}
