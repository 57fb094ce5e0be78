package server

import (
	"fmt"
	"net"

	"gatehouse/internal/config"
)

// Listeners are the open addresses of a server. Addresses that the configuration
// leaves out are nil.
type Listeners struct {
	main     net.Listener
	redirect net.Listener
	probes   net.Listener
	metrics  net.Listener
}

// Listen opens the addresses that the configuration names, so that an address
// that is taken is an error before anything else happens.
func Listen(c *config.Config) (*Listeners, error) {
	l := &Listeners{}
	for _, a := range []struct {
		key, addr string
		into      *net.Listener
	}{
		{"address", c.Address, &l.main}, {"http_redirect_addr", c.HTTPRedirectAddr, &l.redirect},
		{"health_check_addr", c.HealthCheckAddr, &l.probes}, {"metrics_address", c.MetricsAddress, &l.metrics},
	} {
		if a.addr == "" {
			continue
		}
		ln, err := net.Listen("tcp", a.addr)
		if err != nil {
			l.Close()
			return nil, fmt.Errorf("listen on %s (%s): %w", a.addr, a.key, err)
		}
		*a.into = ln
	}
	return l, nil
}

// Addr returns the main address.
func (l *Listeners) Addr() net.Addr { return l.main.Addr() }

// Close closes the listeners that are open.
func (l *Listeners) Close() {
	for _, ln := range []net.Listener{l.main, l.redirect, l.probes, l.metrics} {
		if ln != nil {
			ln.Close()
		}
	}
}
