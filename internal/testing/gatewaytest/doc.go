// Package gatewaytest gives the tests of the gateway's edges what surrounds a
// gateway: a store in memory, the sessions in it, an upstream, a clock and the
// network to browsers.
//
//	w := gatewaytest.New(t)
//	gateway, err := proxy.New(proxy.Config{Sessions: w.Sessions, Tickets: w.Tickets("tickets"), …})
//	network := gatewaytest.Serve(t, gateway)
//	network.Browser().Open("https://app.example.com/").Want(200)
//	w.Upstream.Got() // the request that the gateway sent
//
// It imports no edge, because the edges' own tests import it. Those tests add the
// gateway and the identity provider. The whole server is in package gatetest.
package gatewaytest
