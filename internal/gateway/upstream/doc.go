// Package upstream makes the connections over which requests go to applications.
//
// Most requests of a gateway have no body and go to an application on plain
// HTTP/1.1. For these, [Transport] has a road of its own: the goroutine of the
// request writes it and reads the answer. [http.Transport] has two further
// goroutines for each connection, and hands every request to the one and every
// answer back from the other, which costs more than all the rest of the proxying.
// [Transport.Send] takes such a request as [Lines], without a map of headers.
//
// Every other request goes to an [http.Transport]: those with a body, because an
// answer may come before the body is sent, TLS, HTTP/2, and a change of protocol.
// On the short road, the heads of most answers can be read in one way only, and are read
// here; see headReader. All others are parsed by net/http, on both roads.
//
// On both roads, a connection is looked at in the last moment before a request is written to
// it: what has come until then is no answer to it. If nothing of a request has left, it is
// sent again on another connection, whatever its method; see [General].
package upstream
