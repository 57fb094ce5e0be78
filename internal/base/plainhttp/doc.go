// Package plainhttp serves HTTP as net/http does, with less work for what most requests
// are: a GET or HEAD of HTTP/1.1 without a body, one after the other on a connection.
//
// A [Server] is an [http.Server]. When a connection brings a second usual request, its
// handler takes the connection over, to the short road:
//
//	net/http ── two usual requests, or one to change the protocol ──▶ short road: read, handle, write, read, …
//	    ▲                                                                │
//	    └──────────────── anything else, with what was read of it ◀──────┘
//
// The short road has one goroutine for each connection, and none that waits for the
// client to go away, until an answer takes long. What it can't read at a glance it leaves
// to net/http: bodies, the last request of a connection, large heads, bad ones. So there is
// one server that knows all of HTTP, and the short road is no second opinion of what a
// request is: its heads are parsed by net/http, too. Header lines that come again on a
// connection, byte for byte, mean again what net/http made of them.
//
// It is stricter than net/http in what a request of HTTP/1 is: net/http gets only bytes
// that every server and proxy reads in the same way, and answers 400 in place of the
// others ([Server.Serve], framing). For HTTP/2 and HTTP/3, [RefuseMalformed] does the same.
//
// A request that asks for another protocol takes the short road at once. Once a handler has
// hijacked the connection, net/http's part of it is gone: its buffers, and the stack on
// which the handshake of TLS ran. That is most of what a websocket takes that is silent for
// hours.
//
// Handlers find no difference. The tests hold every answer, and what handlers get of
// requests that are not refused, against net/http.
package plainhttp
