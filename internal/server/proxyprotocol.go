package server

import (
	"net"
	"time"

	"github.com/pires/go-proxyproto"
)

// proxyHeaderTime is how long the header of the PROXY protocol may take.
const proxyHeaderTime = 10 * time.Second

// behindProxy returns a listener whose connections begin with a header of the PROXY
// protocol, and have the address that it says. Those without one fail when they are
// read. The header is read by the goroutine of its connection: a slow one holds up
// nobody else.
func behindProxy(ln net.Listener) net.Listener {
	from := ln
	if counting, ok := ln.(*headerListener); ok {
		from = counting.Listener
	}
	return &headerListener{Listener: &proxyproto.Listener{
		Listener: from, ReadHeaderTimeout: proxyHeaderTime,
		ConnPolicy: func(proxyproto.ConnPolicyOptions) (proxyproto.Policy, error) { return proxyproto.REQUIRE, nil },
	}, room: maxLargeHeaders}
}
